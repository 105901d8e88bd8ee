"""WordPress: the comments of the blog, and the REST form that the shop shares."""
