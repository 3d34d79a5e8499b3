package qudao

/** The clusters of more than one row, each with its rows in order. */
public val DedupeReport.groups: List<List<Int>>
    get() = clusters.indices.groupBy { clusters[it] }.values.filter { it.size > 1 }

/** The ids of clusters from the text that [toJson] made. */
public fun ClusterIds.Companion.fromJson(text: String, locale: String? = null): ClusterIds =
    clusterIdsFromJson(text, locale)

/** The ids of clusters as text, to be kept until the next run. */
public fun ClusterIds.toJson(locale: String? = null): String = clusterIdsToJson(this, locale)
