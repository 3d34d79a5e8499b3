package qudao.conformance

import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.boolean
import kotlinx.serialization.json.booleanOrNull
import kotlinx.serialization.json.long
import qudao.Engine
import java.io.File

/** JSON in Kotlin's own types: Map, List, String, Long, Boolean, null. */
internal typealias Node = Map<String, Any?>

internal data class Case(
    val name: String,
    val kind: String,
    val reason: String,
    val blueprint: String?,
    val input: Node,
    val expected: Any?,
)

internal class Suite(val cases: List<Case>, private val engines: Map<String, Engine>) : AutoCloseable {
    fun engine(case: Case): Engine = engines[case.blueprint] ?: error("there is no Blueprint ${case.blueprint}")

    override fun close() = engines.values.forEach { it.close() }

    companion object {
        /** Reads the folder that the build names. */
        fun load(): Suite {
            val folder = File(System.getProperty("qudao.conformance") ?: error("qudao.conformance is not set"))
            val engines = files(folder.resolve("blueprints"), "yaml")
                .associate { it.nameWithoutExtension to Engine.fromYaml(it.readText()) }
            return Suite(files(folder.resolve("cases"), "json").flatMap(::cases), engines)
        }

        private fun files(folder: File, extension: String): List<File> =
            folder.listFiles { file -> file.extension == extension }.orEmpty().sortedBy { it.name }
                .also { check(it.isNotEmpty()) { "$folder: no .$extension files" } }

        private fun cases(file: File): List<Case> {
            val root = plain(Json.parseToJsonElement(file.readText())).node()
            val fixtures = root["fixtures"] as? Map<*, *> ?: emptyMap<String, Any?>()
            return root.list("cases").map { raw ->
                val case = raw.node()
                Case(
                    name = case.text("name"),
                    kind = case.text("kind"),
                    reason = case.text("reason"),
                    blueprint = case["blueprint"] as String?,
                    input = withFixtures(case.getValue("input").node(), fixtures),
                    expected = case["expected"],
                )
            }
        }

        /** Names of fixtures give way to what they stand for. */
        private fun withFixtures(input: Node, fixtures: Map<*, *>): Node {
            fun find(name: Any?) = fixtures[name] ?: error("there is no fixture $name")
            val out = LinkedHashMap(input)
            out.remove("fixture")?.let { out.putAll(find(it).node()) }
            if ("setup" in out) {
                out["setup"] = input.list("setup").flatMap { if (it is String) find(it) as List<*> else listOf(it) }
            }
            return out
        }
    }
}

private fun plain(json: JsonElement): Any? = when (json) {
    is JsonObject -> json.mapValues { plain(it.value) }
    is JsonArray -> json.map(::plain)
    is JsonNull -> null
    is JsonPrimitive -> when {
        json.isString -> json.content
        json.booleanOrNull != null -> json.boolean
        else -> json.long
    }
}

@Suppress("UNCHECKED_CAST")
internal fun Any?.node(): Node = this as? Node ?: error("$this is no map")

internal fun Node.text(key: String): String = this[key] as? String ?: error("no text $key in $this")

internal fun Node.optional(key: String): String? = this[key] as? String

internal fun Node.list(key: String): List<Any?> = this[key] as? List<*> ?: emptyList<Any?>()

internal fun Node.texts(key: String): List<String> = list(key).map { it as String }
