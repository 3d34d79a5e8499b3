package qudao

import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertTrue

class LibraryTest {
    @Test
    fun `the library answers with its version`() {
        assertTrue(Regex("""\d+\.\d+\.\d+""").matches(libraryVersion()), libraryVersion())
    }

    @Test
    fun `an error has a code and a text for a person`() {
        val error: QudaoException = QudaoException.Internal("internal.panic", "unexpected fault")
        assertEquals("internal.panic", error.stableCode)
        assertEquals("unexpected fault", error.userMessage)
    }
}
