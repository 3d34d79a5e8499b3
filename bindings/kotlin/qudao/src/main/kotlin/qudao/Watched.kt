package qudao

import java.math.BigDecimal

/**
 * Finds duplicates in a table, and tells [progress] on this thread the share of the work that is done, from 0 to 1.
 *
 * The search ends within a fraction of a second when this thread is interrupted, and when [progress] throws; what it throws is thrown
 * here. So a coroutine that is cancelled ends it by itself:
 *
 * ```
 * val found = runInterruptible(Dispatchers.Default) { engine.dedupe("account", rows) { bar.value = it } }
 * ```
 *
 * @throws InterruptedException where the thread was interrupted. Nothing is half done.
 */
@Throws(InterruptedException::class)
public fun Engine.dedupe(
    `object`: String,
    rows: List<Map<String, FieldValue>>,
    threshold: BigDecimal? = null,
    previous: ClusterIds? = null,
    threads: UInt? = null,
    locale: String? = null,
    progress: (Double) -> Unit,
): DedupeReport = watched(progress) { dedupe(`object`, rows, threshold, previous, threads, it, locale) }

/** Finds rows of one table in another. [progress] and interrupts are as in [dedupe]. */
@Throws(InterruptedException::class)
public fun Engine.link(
    `object`: String,
    left: List<Map<String, FieldValue>>,
    right: List<Map<String, FieldValue>>,
    threshold: BigDecimal? = null,
    oneToOne: Boolean = false,
    threads: UInt? = null,
    locale: String? = null,
    progress: (Double) -> Unit,
): LinkReport = watched(progress) { link(`object`, left, right, threshold, oneToOne, threads, it, locale) }

/** Learns the weights of a matching rule from a table. [progress] and interrupts are as in [dedupe]. */
@Throws(InterruptedException::class)
public fun Engine.train(
    `object`: String,
    rows: List<Map<String, FieldValue>>,
    labels: List<PairLabel> = emptyList(),
    threads: UInt? = null,
    locale: String? = null,
    progress: (Double) -> Unit,
): String = watched(progress) { train(`object`, rows, labels, threads, it, locale) }

private fun <T> watched(progress: (Double) -> Unit, work: (ProgressListener) -> T): T {
    val listener = Listener(progress)
    val answer = try {
        work(listener)
    } catch (cancelled: QudaoException.Cancelled) {
        listener.thrown?.let { throw it }
        // As every call that an interrupt ends, this one takes the mark of it away.
        throw if (Thread.interrupted()) InterruptedException(cancelled.userMessage) else cancelled
    }
    // All was done when it was thrown.
    listener.thrown?.let { throw it }
    return answer
}

/** Called on the thread that made the call. */
private class Listener(private val progress: (Double) -> Unit) : ProgressListener {
    var thrown: Throwable? = null

    override fun onProgress(done: Double): Boolean {
        if (Thread.currentThread().isInterrupted) return false
        thrown = runCatching { progress(done) }.exceptionOrNull()
        return thrown == null
    }
}
