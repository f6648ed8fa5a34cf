package nanochat.engine.tool;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TextCursorTest {
    @Test
    void whatIsTakenIsPassedAndSpacesBeforeItToo() {
        TextCursor cursor = new TextCursor(" \t12 + x");
        assertThat(cursor.take('x')).isFalse();
        assertThat(cursor.skipDigits()).isEqualTo(2);
        assertThat(cursor.take("+ ")).isTrue();
        assertThat(cursor.take('x')).isTrue();
        assertThat(cursor.isAtEnd()).isTrue();
    }

    @Test
    void atTheEndThereIsTheEndAndNothingToTake() {
        TextCursor cursor = new TextCursor("ab");
        cursor.moveTo(2);
        assertThat(cursor.peek()).isEqualTo(TextCursor.END);
        assertThat(cursor.take('a')).isFalse();
        assertThat(cursor.take("b")).isFalse();
        assertThat(cursor.skipDigits()).isZero();
        assertThat(cursor.takeUpTo('b')).isEmpty();
        assertThat(cursor.position()).isEqualTo(2);
    }

    @Test
    void textUpToAMarkIsTakenWithTheMark() {
        TextCursor cursor = new TextCursor("\" hello\".count");
        assertThat(cursor.take('"')).isTrue();
        assertThat(cursor.takeUpTo('"')).contains(" hello");
        assertThat(cursor.takeUpTo('"')).isEmpty();
        assertThat(cursor.take(".count")).isTrue();
        assertThat(cursor.since(0)).isEqualTo("\" hello\".count");
    }

    @Test
    void onlyDigitsOfTheCalculatorAreDigits() {
        TextCursor cursor = new TextCursor("٣4");
        assertThat(cursor.skipDigits()).isZero();
        cursor.moveTo(1);
        assertThat(cursor.skipDigits()).isEqualTo(1);
        assertThat(cursor.since(1)).isEqualTo("4");
    }
}
