package qudao

import java.io.File
import java.lang.management.ManagementFactory
import kotlin.test.Test

/**
 * Duplicates while somebody types, from Kotlin: `cargo xtask bench live` runs it. Its name keeps it out of the tests.
 *
 * What is timed is the whole call, arguments and answer carried across included: by the wall, and by the processor, as on a busy
 * machine the wall has slices of the scheduler in it.
 */
class LiveBench {
    @Test
    fun questions() {
        val file = System.getProperty("qudao.live") ?: error("qudao.live names the workspace")
        val fields = listOf("name", "address", "phone", "email", "tax_id")
        val questions = File("$file.questions.tsv").readLines().map { line ->
            val parts = line.split('\t')
            val draft = fields.zip(parts.drop(1)).filter { it.second.isNotEmpty() }
            parts[0] to draft.associate { (field, value) -> field to value.toFieldValue() }
        }
        val said = StringBuilder()
        val threads = ManagementFactory.getThreadMXBean()
        Engine.fromFile("$file.yaml").use { engine ->
            Workspace.open(file, engine).use { workspace ->
                workspace.session(Actor("bench"), "en").use { session ->
                    for (kind in listOf("form", "typing")) {
                        val asked = questions.filter { it.first == kind }.map { it.second }
                        // The first round is for the compiler of the virtual machine; it is told too.
                        for (round in listOf("first", "again")) {
                            var found = 0
                            val times = asked.map { draft ->
                                val (begun, worked) = System.nanoTime() to threads.currentThreadCpuTime
                                if (session.findDuplicates("account", draft).isNotEmpty()) found += 1
                                (System.nanoTime() - begun) / 1e6 to (threads.currentThreadCpuTime - worked) / 1e6
                            }
                            fun told(of: List<Double>): String {
                                val sorted = of.sorted()
                                fun at(share: Double) = "%.3f".format(sorted[((sorted.size - 1) * share).toInt()])
                                return "p50 ${at(0.5)}, p90 ${at(0.9)}, p99 ${at(0.99)}, most ${at(1.0)}"
                            }
                            said.appendLine(
                                "Kotlin, $kind, $round: ${times.size} questions, $found with an answer; ms: " +
                                    "${told(times.map { it.first })}; processor ${told(times.map { it.second })}",
                            )
                        }
                    }
                }
            }
        }
        File("$file.kotlin.txt").writeText(said.toString())
    }
}
