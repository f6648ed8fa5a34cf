package nanochat.compare;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import nanochat.tokenizer.Tokenizer;

/// The yardstick of generation: what a model writes, in about the same time a text whatever its objective ([Writer]).
///
/// @param facts share of sentences that it ends with the right answer; absent where there are none to ask
/// @param judgedBitsPerByte of what it writes, under an independent model of the next token; absent where there was no judge. Lower is not better
///                          without end: text that says the same again and again is likely, too
/// @param distinct share of the 3-grams of tokens in what it writes that occur once or for the first time
/// @param gaps share of the tokens of gaps in held-out text that it fills as they were
/// @param seesBehindGaps whether it read what comes after a gap; otherwise it wrote behind what comes before
/// @param passes for a text of [#TOKENS] tokens
/// @param secondsPerText that it took
public record Writing(Optional<Double> facts, Optional<Double> judgedBitsPerByte, double distinct, double gaps, boolean seesBehindGaps,
        int passes, double secondsPerText) {
    /// Of a text that is written.
    static final int TOKENS = 48;
    private static final int PROMPT = 16;
    private static final int ANSWER = 8;
    private static final int AROUND = 24;
    private static final int GAP = 4;
    private static final int GRAM = 3;
    private static final int LONGEST = 128;

    /// Empty where the objective writes nothing.
    static Optional<Writing> measure(MeasuredModel measured, WritingTask task, Optional<Judge> judge) {
        if (!Writer.canWrite(measured)) {
            return Optional.empty();
        }
        Tokenizer tokenizer = measured.model().tokenizer();
        try (Writer writer = new Writer(measured, LONGEST)) {
            List<int[]> documents = task.documents().stream().map(text -> WritingTask.behindBos(tokenizer, text)).filter(
                    tokens -> tokens.length >= 2 * AROUND + GAP).toList();
            int passes = writer.passes(Arrays.copyOf(documents.getFirst(), PROMPT), TOKENS);
            List<int[]> written = new ArrayList<>();
            long began = System.nanoTime();
            for (int i = 0; i < documents.size(); i++) {
                written.add(writer.write(Arrays.copyOf(documents.get(i), PROMPT), TOKENS, 1, i, passes));
            }
            double seconds = (System.nanoTime() - began) * 1e-9 / documents.size();
            Optional<Double> judged = judge.map(asked -> asked.bitsPerByte(IntStream.range(0, written.size()).mapToObj(
                    i -> new Judge.Continued(text(tokenizer, documents.get(i), 1, PROMPT), text(tokenizer, written.get(i), 0, TOKENS)))
                    .toList()));
            return Optional.of(new Writing(facts(writer, tokenizer, task.facts()), judged, distinct(written), gaps(writer, documents),
                    writer
                            .seesBehindGaps(), passes, seconds));
        }
    }

    private static String text(Tokenizer tokenizer, int[] tokens, int from, int to) {
        return tokenizer.decode(Arrays.copyOfRange(tokens, from, to));
    }

    /// At temperature 0.
    private static Optional<Double> facts(Writer writer, Tokenizer tokenizer, List<WritingTask.Prompt> prompts) {
        return prompts.isEmpty()
                ? Optional.empty()
                : Optional.of(prompts.stream().filter(prompt -> isAnswered(tokenizer.decode(writer.write(WritingTask.behindBos(tokenizer,
                        prompt.text()), ANSWER, 0, 0)), prompt.answer())).count() / (double) prompts.size());
    }

    /// Whether a text begins with the answer, and with no longer word.
    static boolean isAnswered(String text, String answer) {
        String begins = text.stripLeading();
        return begins.startsWith(answer) && (begins.length() == answer.length() || !Character.isLetterOrDigit(begins.charAt(answer
                .length())));
    }

    /// The share of n-grams that were not there before, over all texts together.
    static double distinct(List<int[]> texts) {
        Set<List<Integer>> seen = new HashSet<>();
        int all = 0;
        for (int[] text : texts) {
            for (int i = 0; i + GRAM <= text.length; i++) {
                seen.add(Arrays.stream(text, i, i + GRAM).boxed().toList());
                all++;
            }
        }
        return all == 0 ? 0 : (double) seen.size() / all;
    }

    private static double gaps(Writer writer, List<int[]> documents) {
        int right = 0;
        for (int[] document : documents) {
            int[] filled = writer.between(Arrays.copyOf(document, AROUND), GAP, Arrays.copyOfRange(document, AROUND + GAP, 2 * AROUND
                    + GAP));
            right += (int) IntStream.range(0, GAP).filter(i -> filled[i] == document[AROUND + i]).count();
        }
        return (double) right / (GAP * documents.size());
    }
}
