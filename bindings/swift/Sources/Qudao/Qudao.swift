// One import gives everything.
@_exported import QudaoCore
