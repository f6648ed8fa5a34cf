package nanochat.eval;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import nanochat.eval.SequenceScorer.Continuation;
import nanochat.eval.SequenceScorer.TokenScores;
import org.junit.jupiter.api.Test;

/// docs/formulas.md#evaluation, by example.
class CoreQuestionTest {
    private static final CoreExample CHOICE = new CoreExample.MultipleChoice("", List.of("", "", ""), 1);
    private static final CoreExample SCHEMA = new CoreExample.Schema(List.of("", ""), "", 0);
    private static final CoreExample TEXT = new CoreExample.LanguageModeling("", "");

    private static List<int[]> options(CoreExample example, int limit, int[]... sequences) {
        return CoreQuestion.of(example, List.of(sequences), limit).options().stream()
                .map(option -> join(option.from(), option.tokens())).toList();
    }

    private static int[] join(int from, int... tokens) {
        int[] joined = new int[tokens.length + 1];
        joined[0] = from;
        System.arraycopy(tokens, 0, joined, 1, tokens.length);
        return joined;
    }

    private static int[] tokens(int... tokens) {
        return tokens;
    }

    @Test
    void choicesAreComparedAfterWhatTheyBeginWith() {
        assertThat(options(CHOICE, 9, tokens(0, 1, 2, 3), tokens(0, 1, 2, 4, 5), tokens(0, 1, 6)))
                .containsExactly(tokens(2, 0, 1, 2, 3), tokens(2, 0, 1, 2, 4, 5), tokens(2, 0, 1, 6));
    }

    @Test
    void schemasAreComparedByWhatTheyEndWith() {
        assertThat(options(SCHEMA, 9, tokens(0, 1, 7, 8, 9), tokens(0, 2, 3, 7, 8, 9)))
                .containsExactly(tokens(2, 0, 1, 7, 8, 9), tokens(3, 0, 2, 3, 7, 8, 9));
    }

    @Test
    void ofATextTheTokensAfterTheContextCount() {
        assertThat(options(TEXT, 9, tokens(0, 1, 2), tokens(0, 1, 2, 3, 4))).containsExactly(tokens(3, 0, 1, 2, 3, 4));
        assertThat(options(TEXT, 9, tokens(0, 1, 2), tokens(0, 1, 5, 6))).as("the last token of the context grew")
                .containsExactly(tokens(2, 0, 1, 5, 6));
    }

    @Test
    void ofASequenceThatIsTooLongTheLastTokensAreKept() {
        assertThat(options(CHOICE, 4, tokens(0, 1, 2, 3), tokens(0, 1, 2, 4, 5), tokens(0, 1, 2, 4, 6, 7)))
                .containsExactly(tokens(3, 0, 1, 2, 3), tokens(2, 1, 2, 4, 5), tokens(1, 2, 4, 6, 7));
        assertThat(options(TEXT, 3, tokens(0, 1), tokens(0, 1, 2, 3, 4, 5))).as("more continuation than fits")
                .containsExactly(tokens(1, 3, 4, 5));
    }

    private static TokenScores losses(double... losses) {
        float[] each = new float[losses.length];
        for (int i = 0; i < each.length; i++) {
            each[i] = (float) losses[i];
        }
        return new TokenScores(each, new boolean[each.length]);
    }

    private static boolean isRight(CoreExample example, TokenScores... scores) {
        List<Continuation> options = Arrays.stream(scores).map(_ -> new Continuation(new int[]{0, 0}, 1)).toList();
        return new CoreQuestion(example, options).isRight(List.of(scores));
    }

    @Test
    void theLowestMeanLossWinsNotTheLowestSum() {
        assertThat(isRight(CHOICE, losses(2), losses(1, 2, 1), losses(3))).isTrue();
        assertThat(isRight(CHOICE, losses(1), losses(1, 2, 1), losses(3))).isFalse();
        assertThat(isRight(SCHEMA, losses(1, 1), losses(1, 2))).isTrue();
    }

    @Test
    void ofEqualOptionsTheFirstWins() {
        assertThat(isRight(CHOICE, losses(2), losses(2), losses(2))).isFalse();
        assertThat(isRight(SCHEMA, losses(2), losses(2))).isTrue();
    }

    @Test
    void anOptionWithoutTokensOfItsOwnWinsOnlyAsTheFirstAsInTheOriginal() {
        assertThat(isRight(CHOICE, losses(3), losses(2), losses())).isTrue();
        assertThat(isRight(SCHEMA, losses(), losses(0.1))).isTrue();
    }

    @Test
    void aTextIsRightWhenEveryTokenIsTheFirstChoice() {
        assertThat(isRight(TEXT, new TokenScores(new float[2], new boolean[]{true, true}))).isTrue();
        assertThat(isRight(TEXT, new TokenScores(new float[2], new boolean[]{true, false}))).isFalse();
    }
}
