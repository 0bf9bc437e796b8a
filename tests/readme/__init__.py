"""The page of the README that shows one post-mortem before and after, made from what the commands really say."""
