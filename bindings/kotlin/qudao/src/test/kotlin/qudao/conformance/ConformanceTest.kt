package qudao.conformance

import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertTrue
import kotlin.test.fail

/** The cases that every language runs. See `conformance/README.md`. */
class ConformanceTest {
    @Test
    fun `every case holds, and no part of an expectation goes unread`() {
        val flip = System.getenv("QUDAO_CONFORMANCE_FLIP").orEmpty()
        Suite.load().use { suite ->
            assertTrue(suite.cases.size >= 150, "${suite.cases.size} cases")
            assertEquals(suite.cases.size, suite.cases.map { it.name }.toSet().size, "a name stands twice")
            assertTrue(flip.isEmpty() || suite.cases.any { it.name == flip }, "there is no case $flip")
            val failed = LinkedHashMap<String, String>()
            var turned = 0
            for (case in suite.cases) {
                val observed = try {
                    observe(suite, case)
                } catch (problem: Exception) {
                    failed[case.name] = "could not run: $problem"
                    continue
                }
                val wrong = flips(case.expected)
                turned += wrong.size
                wrong.filter { judge(it, observed).isEmpty() }.forEach { failed[case.name] = "not noticed: ${shown(it)}" }
                val expected = if (case.name == flip) wrong.first() else case.expected
                val differences = judge(expected, observed)
                if (differences.isNotEmpty()) {
                    failed[case.name] = "${case.kind}: ${case.reason}\n    " + differences.joinToString("\n    ")
                }
            }
            println("conformance: ${suite.cases.size} cases run, ${failed.size} failed, $turned values turned wrong")
            assertTrue(turned > 4 * suite.cases.size, "$turned values turned wrong")
            if (failed.isNotEmpty()) {
                fail("${failed.size} of ${suite.cases.size} cases\n" + failed.map { "${it.key}\n    ${it.value}" }.joinToString("\n"))
            }
        }
    }
}
