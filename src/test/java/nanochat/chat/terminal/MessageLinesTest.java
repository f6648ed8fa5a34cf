package nanochat.chat.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// The oracle is what a user means who types so.
class MessageLinesTest {
    @Test
    void aLineIsAMessage() {
        assertThat(MessageLines.goOn("Hello ")).isFalse();
        assertThat(MessageLines.message(" Hello ")).isEqualTo("Hello");
        assertThat(MessageLines.message("C:\\temp is a \"folder\"")).isEqualTo("C:\\temp is a \"folder\"");
    }

    @Test
    void aBackslashAtTheEndGoesOn() {
        assertThat(MessageLines.goOn("one\\")).isTrue();
        assertThat(MessageLines.goOn("one\\\ntwo\\")).isTrue();
        assertThat(MessageLines.goOn("one\\\ntwo")).isFalse();
        assertThat(MessageLines.message("one\\\ntwo")).isEqualTo("one\ntwo");
        assertThat(MessageLines.message("one\\\n")).isEqualTo("one");
    }

    @Test
    void aBlockEndsWithItsSecondMark() {
        assertThat(MessageLines.goOn("\"\"\"")).isTrue();
        assertThat(MessageLines.goOn("\"\"\"\"")).isTrue();
        assertThat(MessageLines.goOn("\"\"\"\n  a\\\n")).isTrue();
        assertThat(MessageLines.goOn("\"\"\"\n  a\\\n\"\"\" ")).isFalse();
        assertThat(MessageLines.goOn("\"\"\"a\"\"\"")).isFalse();
        assertThat(MessageLines.message("\"\"\"\nif x:\n  y\\\n\"\"\" ")).isEqualTo("if x:\n  y\\");
        assertThat(MessageLines.message("\"\"\"a\"\"\"")).isEqualTo("a");
        assertThat(MessageLines.message("\"\"\"\"\"\"")).isEmpty();
    }

    @Test
    void marksInsideALineAreText() {
        assertThat(MessageLines.goOn("say \"\"\"")).isFalse();
        assertThat(MessageLines.message("say \"\"\"")).isEqualTo("say \"\"\"");
    }
}
