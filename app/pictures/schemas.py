"""Pictures on the wire."""

from marshmallow import Schema, fields

from app.web.fields import Whole


class PictureOut(Schema):
    """A picture in three widths; ``color`` is its average, to be shown while it loads."""

    id = fields.String(required=True)
    width = Whole()
    height = Whole()
    color = fields.String()
    url_360 = fields.String()
    url_720 = fields.String()
    url_1080 = fields.String()
