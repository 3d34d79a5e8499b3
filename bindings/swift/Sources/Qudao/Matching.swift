import QudaoCore

extension DedupeReport {
    /// The clusters of more than one row, each with its rows in order.
    public var groups: [[Int]] {
        Dictionary(grouping: clusters.indices) { clusters[$0] }.values.filter { $0.count > 1 }
            .sorted { $0[0] < $1[0] }
    }
}

extension ClusterIds {
    /// The ids of clusters from the text that `json()` made.
    public init(json text: String, locale: String? = nil) throws {
        self = try clusterIdsFromJson(text: text, locale: locale)
    }

    /// The ids of clusters as text, to be kept until the next run.
    public func json(locale: String? = nil) throws -> String { try clusterIdsToJson(ids: self, locale: locale) }
}
