"""A job of lab 6 as a request: a picture, an action, its parameters."""

from harness.workload import JobRequest, Upload


def picture_job(
    picture: bytes,
    action: str,
    params: str = "",
    *,
    name: str = "picture.png",
    media_type: str = "image/png",
) -> JobRequest:
    """The request that asks for this."""
    upload = Upload(name=name, data=picture, media_type=media_type)
    return JobRequest(fields={"action": action, "params": params}, upload=upload)
