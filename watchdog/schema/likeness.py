"""What one snapshot has alike with another is kept once: two of a large schema take hardly more memory than one."""

from collections.abc import Mapping

from watchdog.schema.snapshot import Address, Attributes, ObjectId, Snapshot


class Likeness:
    """What a snapshot has, to be used in the place of what is equal to it.

    Attributes:
        subjects: each of its objects' names by itself.
        addresses: of its objects.
    """

    def __init__(self, known: Snapshot | None) -> None:
        self._objects: Mapping[ObjectId, Attributes] = known.objects if known else {}
        self.subjects: Mapping[ObjectId, ObjectId] = {subject: subject for subject in self._objects}
        self.addresses: Mapping[ObjectId, Address] = known.addresses if known else {}

    def attributes(self, subject: ObjectId, attributes: Attributes) -> Attributes:
        """Those of the known snapshot, where they are equal."""
        known = self._objects.get(subject)
        return known if known is not None and known == attributes else attributes
