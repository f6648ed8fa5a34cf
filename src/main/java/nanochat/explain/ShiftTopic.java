package nanochat.explain;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import nanochat.data.Batch;
import nanochat.engine.ColumnListener;
import nanochat.engine.Engine;
import nanochat.engine.Generation;
import nanochat.engine.Sampling;
import nanochat.engine.TokenLikelihood;
import nanochat.objective.NextToken;
import nanochat.page.Block.Cell;
import nanochat.page.Block.Cells;
import nanochat.page.Block.Ground;
import nanochat.page.Block.Table;
import nanochat.page.Words;
import nanochat.tokenizer.TokenView;
import nanochat.tokenizer.Tokenizer;

/// Why a row of T+1 tokens gives T predictions, all of them in one pass.
final class ShiftTopic implements Topic {
    private static final int LONGEST = 64;

    @Override
    public String name() {
        return "shift";
    }

    @Override
    public List<Knob> knobs() {
        return List.of(new Knob.Text("text", "The capital of France is Paris. The capital of Japan is Tokyo.", 500),
                new Knob.Whole("rows", 16, 1, 1024));
    }

    @Override
    public void explain(Subject subject, Knobs chosen, Explanation page) {
        Tokenizer tokenizer = subject.tokenizer();
        int[] row = subject.row(chosen.text("text"), LONGEST + 1);
        int length = row.length - 1;
        int rows = chosen.whole("rows");
        page.lead();
        page.figure("row_tokens", row.length, Words.whole(row.length));
        page.figure("predictions", length, Words.whole(length));
        page.figure("batch_predictions", (double) rows * length, Words.whole((long) rows * length));

        page.section("row.title");
        page.say("row", row.length, length);
        page.show(new Cells(page.words("row.cells"), IntStream.range(0, length)
                .mapToObj(i -> new Cell(TokenView.onOneLine(tokenizer, row[i]), "→ " + TokenView.onOneLine(tokenizer, row[i + 1]),
                        new Ground.Group(i)))
                .toList()));
        page.say("count", rows, length, Words.whole((long) rows * length));
        page.claim("every_token_but_the_first_is_predicted", length == row.length - 1);

        page.section("both.title");
        page.say("both", length);
        Reading.oneByOne(subject.engine(), row); // the first time costs more
        Reading oneByOne = Reading.oneByOne(subject.engine(), row);
        Reading once = Reading.inOnePass(subject.engine(), row);
        page.show(new Table(page.words("both.table"), List.of(page.words("both.after"), page.words("both.next"), page.words("both.once"),
                page.words("both.alone")), rows(tokenizer, row, once, oneByOne)));
        page.claim("one_pass_equals_many", Arrays.equals(once.logProbabilities, oneByOne.logProbabilities), length);
        page.say("both.time", length, Words.decimals(oneByOne.seconds * 1e3, 1), Words.decimals(once.seconds * 1e3, 1),
                Words.decimals(oneByOne.seconds / once.seconds, 1));
        page.number("one_pass_ms", once.seconds * 1e3);
        page.number("many_passes_ms", oneByOne.seconds * 1e3);

        page.section("forcing.title");
        page.say("forcing");
        page.end(List.of("./nanochat explain shift --text \"Once upon a time\"", "./nanochat data inspect"),
                SourcePlace.of(Batch.class, "validTargets"), SourcePlace.of(NextToken.class, "addGradients"));
    }

    private static List<List<String>> rows(Tokenizer tokenizer, int[] row, Reading once, Reading oneByOne) {
        List<List<String>> rows = new ArrayList<>();
        for (int i = 0; i < row.length - 1; i++) {
            rows.add(List.of(TokenView.onOneLine(tokenizer, row[i]), TokenView.onOneLine(tokenizer, row[i + 1]),
                    Words.decimals(once.logProbabilities[i], 6), Words.decimals(oneByOne.logProbabilities[i], 6)));
        }
        return rows;
    }

    /// The log-probability of every token but the first, and how long it took to know them.
    private record Reading(float[] logProbabilities, double seconds) {
        /// One pass over the row.
        static Reading inOnePass(Engine engine, int[] row) {
            long began = System.nanoTime();
            List<TokenLikelihood> all = likelihoods(engine, row);
            double seconds = (System.nanoTime() - began) * 1e-9;
            float[] logProbabilities = new float[row.length - 1];
            for (int i = 0; i < logProbabilities.length; i++) {
                logProbabilities[i] = all.get(i).logProbability();
            }
            return new Reading(logProbabilities, seconds);
        }

        /// A pass for every prediction, over what is before it alone.
        static Reading oneByOne(Engine engine, int[] row) {
            long began = System.nanoTime();
            float[] logProbabilities = new float[row.length - 1];
            for (int i = 0; i < logProbabilities.length; i++) {
                logProbabilities[i] = likelihoods(engine, Arrays.copyOf(row, i + 2)).getLast().logProbability();
            }
            return new Reading(logProbabilities, (System.nanoTime() - began) * 1e-9);
        }

        private static List<TokenLikelihood> likelihoods(Engine engine, int[] row) {
            List<TokenLikelihood> all = new ArrayList<>();
            Generation one = new Generation(1, Sampling.GREEDY, 0, Set.of(), false, false, Generation.Likelihoods.OF_PROMPT_AND_ANSWER);
            ColumnListener listener = column -> {
                all.clear();
                all.addAll(column.promptLikelihoods());
                return true;
            };
            engine.generate(row, 1, one, listener);
            return all;
        }
    }
}
