"""Followthrough: the service beside the issue tracker that makes post-mortem promises come true."""
