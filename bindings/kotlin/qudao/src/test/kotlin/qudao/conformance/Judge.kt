package qudao.conformance

/** Every difference; of a map only what is expected is compared. */
internal fun judge(expected: Any?, observed: Any?, path: String = ""): List<String> = when {
    expected is Map<*, *> && observed is Map<*, *> -> expected.flatMap { (key, value) ->
        if (key in observed.keys) judge(value, observed[key], "$path/$key")
        else listOf("$path/$key: expected ${shown(value)}, observed nothing")
    }
    expected is List<*> && observed is List<*> && expected.size == observed.size ->
        expected.indices.flatMap { judge(expected[it], observed[it], "$path/$it") }
    expected == observed -> emptyList()
    else -> listOf("$path:\n      expected ${shown(expected)}\n      observed ${shown(observed)}")
}

/** A value as JSON writes it, so that 1, "1" and null do not look alike. */
internal fun shown(value: Any?): String = when (value) {
    is String -> "\"$value\""
    is Map<*, *> -> value.entries.joinToString(", ", "{", "}") { "\"${it.key}\": ${shown(it.value)}" }
    is List<*> -> value.joinToString(", ", "[", "]") { shown(it) }
    else -> value.toString()
}

/** The expectation once for each of its values, that value turned wrong. The first is the one of a flip. */
internal fun flips(expected: Any?): List<Any?> = when (expected) {
    is Map<*, *> -> expected.keys.map { it as String }.sorted().flatMap { key ->
        flips(expected[key]).map { LinkedHashMap(expected).apply { put(key, it) } }
    }
    is List<*> -> expected.indices.flatMap { i ->
        flips(expected[i]).map { flipped -> expected.toMutableList().apply { set(i, flipped) } }
    } + listOf(if (expected.isEmpty()) listOf("~") else expected.dropLast(1))
    is Boolean -> listOf(!expected)
    is Long -> listOf(expected + 1)
    is String -> listOf("$expected~")
    else -> listOf("~")
}
