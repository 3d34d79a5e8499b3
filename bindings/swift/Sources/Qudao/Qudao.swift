// One import gives everything.
@_exported import QudaoCore
@_exported import QudaoTypes
