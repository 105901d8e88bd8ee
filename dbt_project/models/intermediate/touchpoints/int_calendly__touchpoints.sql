{{ booking_touchpoints('calendly') }}
