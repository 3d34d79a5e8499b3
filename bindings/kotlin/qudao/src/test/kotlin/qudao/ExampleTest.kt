package qudao

import story.story
import java.io.File
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertTrue

class ExampleTest {
    @Test
    fun `the story of the examples is told in both languages`() {
        val examples = File(System.getProperty("qudao.examples") ?: error("qudao.examples is not set"))
        for ((locale, missing) in mapOf("en" to "budget not known", "zh-CN" to "预算未确认")) {
            val said = mutableListOf<String>()
            story(examples, locale) { said += it }
            val all = said.joinToString("\n")
            val deals = said.single { it.startsWith("deals with their past: ") }
            assertTrue(deals.filter { it.isDigit() || it == ' ' }.trim().substringBefore(' ').toInt() > 100, all)
            assertTrue(said.any { it.startsWith("solution: ") && missing in it }, all)
            assertEquals(listOf("qualified: moved", "solution: moved", "bidding: moved"), said.filter { it.endsWith(": moved") }, all)
            assertTrue(said.any { "by a grant: project_sale.bidding.entry.bid_date" in it }, all)
            assertTrue(said.any { it.startsWith("win_rate: 0.") }, all)
            assertEquals("rebuilt from the log alone, equal: true", said.last(), all)
        }
    }
}
