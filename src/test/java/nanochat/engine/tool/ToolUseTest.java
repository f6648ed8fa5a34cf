package nanochat.engine.tool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import nanochat.tokenizer.SpecialToken;
import nanochat.tokenizer.Tokenizer;
import org.junit.jupiter.api.Test;

/// What docs/formulas.md#inference says a tool call forces into its row.
class ToolUseTest {
    private final Tokenizer tokenizer = Tokenizer.ofMerges(List.of());
    private final ToolUse tool = new ToolUse(tokenizer);

    private void say(Object... parts) {
        for (Object part : parts) {
            switch (part) {
                case SpecialToken special -> tool.accept(tokenizer.id(special));
                case String text -> IntStream.of(tokenizer.encode(text)).forEach(tool::accept);
                default -> throw new IllegalArgumentException(part.toString());
            }
        }
    }

    private String forced() {
        List<Integer> tokens = new ArrayList<>();
        for (OptionalInt next = tool.nextForced(); next.isPresent(); next = tool.nextForced()) {
            tokens.add(next.getAsInt());
            tool.accept(next.getAsInt());
        }
        return tokenizer.decode(tokens.stream().mapToInt(Integer::intValue).toArray());
    }

    @Test
    void aCallForcesItsResult() {
        say("So ", SpecialToken.PYTHON_START, "12*(3+4)");
        assertThat(forced()).isEmpty();
        say(SpecialToken.PYTHON_END);
        assertThat(forced()).isEqualTo("<|output_start|>84<|output_end|>");
        assertThat(forced()).isEmpty();
    }

    @Test
    void aSecondCallStartsAfresh() {
        say(SpecialToken.PYTHON_START, "1+1", SpecialToken.PYTHON_END);
        forced();
        say(" and ", SpecialToken.PYTHON_START, "\"banana\".count(\"a\")", SpecialToken.PYTHON_END);
        assertThat(forced()).isEqualTo("<|output_start|>3<|output_end|>");
    }

    @Test
    void aCallInsideACallStartsOver() {
        say(SpecialToken.PYTHON_START, "1+", SpecialToken.PYTHON_START, "2+2", SpecialToken.PYTHON_END);
        assertThat(forced()).isEqualTo("<|output_start|>4<|output_end|>");
    }

    @Test
    void nonsenseForcesNothing() {
        say(SpecialToken.PYTHON_START, "import os", SpecialToken.PYTHON_END);
        say(SpecialToken.PYTHON_START, SpecialToken.PYTHON_END);
        say("1+1", SpecialToken.PYTHON_END);
        say(SpecialToken.PYTHON_START, "1+1", SpecialToken.ASSISTANT_END, SpecialToken.PYTHON_END);
        say(SpecialToken.PYTHON_START, "1" + "+1".repeat(400), SpecialToken.PYTHON_END);
        assertThat(forced()).isEmpty();
    }
}
