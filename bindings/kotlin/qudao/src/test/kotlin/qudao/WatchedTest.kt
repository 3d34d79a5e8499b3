package qudao

import java.util.concurrent.atomic.AtomicBoolean
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertTrue
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.runInterruptible

class WatchedTest {
    private fun engine() = Engine.fromYaml(starterBlueprints().getValue("project-sale"))

    /** So many that a search takes longer than a listener has to wait. */
    private val rows = List(3_000) {
        fields("id" to "k$it", "name" to "Company ${it / 2} Ltd", "phone" to "0755-28${(100_000 + it / 2)}")
    }

    private class Listener(private val goOn: (Int) -> Boolean) : ProgressListener {
        val heard = mutableListOf<Double>()

        override fun onProgress(done: Double): Boolean {
            heard += done
            return goOn(heard.size)
        }
    }

    @Test
    fun `progress rises from nothing to all, and the answer is the same with any number of threads`() = engine().use { engine ->
        val alone = engine.dedupe("account", rows, threads = 1u)
        assertEquals(1_500, alone.groups.size)
        val heard = mutableListOf<Double>()
        val thread = Thread.currentThread()
        val watched = engine.dedupe("account", rows, threads = 2u) {
            heard += it
            assertEquals(thread, Thread.currentThread())
        }
        assertEquals(alone, watched)
        assertEquals(0.0 to 1.0, heard.first() to heard.last())
        assertEquals(heard.sorted(), heard)
        assertTrue(heard.any { it > 0.0 && it < 1.0 }, heard.toString())

        assertEquals(engine.link("account", rows, rows, oneToOne = true), engine.link("account", rows, rows, oneToOne = true) { heard += it })
        assertEquals(engine.train("account", rows), engine.train("account", rows) { heard += it })
        assertEquals(3, heard.count { it == 1.0 })
    }

    @Test
    fun `a listener ends a search before it begins and within it`() = engine().use { engine ->
        for (asked in 1..2) {
            val listener = Listener { it < asked }
            val error = assertFailsWith<QudaoException.Cancelled> {
                engine.dedupe("account", rows, listener = listener, locale = "zh-CN")
            }
            assertEquals("matching.cancelled" to "查重已被中止", error.stableCode to error.userMessage)
            assertEquals(asked, listener.heard.size)
        }
        val english = assertFailsWith<QudaoException.Cancelled> { engine.link("account", rows, rows, listener = Listener { false }) }
        assertEquals("the search for duplicates was stopped", english.userMessage)
        assertFailsWith<QudaoException.Cancelled> { engine.train("account", rows, listener = Listener { false }) }
        // Of a search that was ended nothing stays.
        assertEquals(1_500, engine.dedupe("account", rows, listener = Listener { true }).groups.size)
    }

    @Test
    fun `what progress throws ends the search and is thrown`() = engine().use { engine ->
        for (asked in 1..2) {
            var heard = 0
            val error = assertFailsWith<IllegalStateException> {
                engine.dedupe("account", rows) {
                    heard += 1
                    check(heard < asked) { "own words" }
                }
            }
            assertEquals("own words" to asked, error.message to heard)
        }
        assertFailsWith<IllegalStateException> { engine.dedupe("account", rows) { check(it < 1.0) } }
        // A listener of one's own that throws ends it too.
        val thrown = assertFailsWith<QudaoException.Cancelled> {
            engine.dedupe("account", rows, listener = Listener { error("own words") })
        }
        assertEquals("matching.cancelled", thrown.stableCode)
    }

    @Test
    fun `an interrupted thread ends its search`() = engine().use { engine ->
        assertFailsWith<InterruptedException> {
            engine.dedupe("account", rows) { Thread.currentThread().interrupt() }
        }
        assertFalse(Thread.currentThread().isInterrupted, "the mark is taken away")
    }

    @Test
    fun `a cancelled coroutine ends its search`() = engine().use { engine ->
        runBlocking {
            val begun = CompletableDeferred<Unit>()
            val ended = AtomicBoolean()
            val search = async(Dispatchers.Default) {
                try {
                    runInterruptible { engine.dedupe("account", rows + rows) { begun.complete(Unit) } }
                } finally {
                    ended.set(true)
                }
            }
            begun.await()
            search.cancel()
            assertFailsWith<CancellationException> { search.await() }
            search.join()
            assertTrue(ended.get())
        }
    }

    @Test
    fun `errors are told in both languages`() = engine().use { engine ->
        val plain = Engine.fromYaml("qudao: 1\n")
        val row = listOf(fields("name" to "Acme Ltd"))
        val deep = (0..9).fold("x".toFieldValue()) { value, _ -> FieldValue.Items(listOf(value)) }
        val same = PairLabel(0u, 1u, true)
        val cases = listOf<Triple<String, String, (String?) -> Any>>(
            Triple("object.unknown", "acount") { engine.dedupe("acount", row, locale = it) },
            Triple("object.unknown", "acount") { engine.link("acount", row, row, locale = it) },
            Triple("object.unknown", "acount") { engine.train("acount", row, locale = it) },
            Triple("object.unknown", "acount") { engine.golden("acount", row, listOf(0u), locale = it) },
            Triple("object.unknown", "acount") { engine.explainPair("acount", row[0], row[0], locale = it) },
            Triple("id.invalid", "") { engine.dedupe("", row, locale = it) },
            Triple("matching.no_rule", "account") { plain.dedupe("account", row, locale = it) },
            Triple("matching.bad_threshold", "") { engine.dedupe("account", row, 2.toBigDecimal(), locale = it) },
            Triple("matching.bad_threads", "") { engine.dedupe("account", row, threads = 0u, locale = it) },
            Triple("matching.no_id", "0") { engine.dedupe("account", row, previous = ClusterIds(), locale = it) },
            Triple("matching.bad_label", "7") { engine.train("account", rows, listOf(PairLabel(0u, 7_000u, true)), locale = it) },
            Triple("matching.contradictory_labels", "0") {
                engine.train("account", rows, listOf(same, same.copy(same = false)), locale = it)
            },
            Triple("matching.bad_model", "") { engine.withModel("{}", it) },
            Triple("value.bad_form", "name") { engine.dedupe("account", listOf(mapOf("name" to deep)), locale = it) },
            Triple("matching.bad_previous", "") { ClusterIds.fromJson("{\"rows\": 1}", it) },
            Triple("matching.bad_previous", "") { ClusterIds(mapOf("k1" to ""), emptyList()).toJson(it) },
        )
        for ((code, named, call) in cases) {
            val told = listOf(null, "zh-CN").map { locale ->
                val error = assertFailsWith<QudaoException.Argument>(code) { call(locale) }
                assertEquals(code, error.stableCode)
                assertTrue(named in error.userMessage, error.userMessage)
                error.userMessage.any { it in '\u4e00'..'\u9fff' }
            }
            assertEquals(listOf(false, true), told, code)
        }
        plain.close()
    }
}
