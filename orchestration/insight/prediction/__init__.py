"""Who will leave: each account's chance, and whether such chances came true before."""
