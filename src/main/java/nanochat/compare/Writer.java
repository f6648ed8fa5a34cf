package nanochat.compare;

import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import nanochat.checkpoint.TrainedModel;
import nanochat.engine.ColumnListener;
import nanochat.engine.Engine;
import nanochat.engine.Generation;
import nanochat.engine.Sampling;
import nanochat.eval.ModelEvaluation;
import nanochat.objective.Infilling;

/// How a model of an objective goes on with a text, and fills a gap in it, in about as much time as a model that writes token by token takes.
///
/// Such a model keeps keys and values and computes one token a pass. One that fills blanks computes the whole text in every pass, so in the same time it
/// makes fewer passes, each of which fills several tokens: how many is measured here, on this machine, by both ways on weights of the same size.
final class Writer implements AutoCloseable {
    private final Optional<Infilling> infilling;
    private final Engine engine;
    private final int mask;

    /// @param longest text in tokens
    Writer(MeasuredModel measured, int longest) {
        TrainedModel model = measured.model();
        var parameters = model.gpt().parameters();
        engine = Engine.of(parameters, Optional.of(model.tokenizer()), ModelEvaluation.engineOptions(parameters.config(), measured
                .compute(),
                measured.threads()));
        mask = model.tokenizer().vocabularySize();
        infilling = fillsBlanks(measured) ? Optional.of(new Infilling(parameters, measured.compute(), longest)) : Optional.empty();
    }

    /// Whether models of its objective can be asked to write at all.
    static boolean canWrite(MeasuredModel measured) {
        return measured.objective().writesOn() || fillsBlanks(measured);
    }

    private static boolean fillsBlanks(MeasuredModel measured) {
        return ScoringRule.of(measured.objective()).filter(ScoringRule::fillsBlanks).isPresent();
    }

    /// Whether it sees what comes after a gap.
    boolean seesBehindGaps() {
        return infilling.isPresent();
    }

    /// Passes that take as long as writing token by token; as many as tokens where it does that, or where passes are quicker.
    ///
    /// @param prompt of which the time is taken
    int passes(int[] prompt, int tokens) {
        if (infilling.isEmpty()) {
            return tokens;
        }
        write(prompt, tokens, 1, 1); // what is compiled at first use
        onward(prompt, tokens, 1, 1);
        long began = System.nanoTime();
        onward(prompt, tokens, 1, 2);
        long budget = System.nanoTime() - began;
        began = System.nanoTime();
        write(prompt, tokens, 1, 2, 4);
        long pass = (System.nanoTime() - began) / 4;
        return Math.clamp(budget / Math.max(1, pass), 1, tokens);
    }

    /// The tokens that it writes behind a prompt, one pass a token.
    int[] write(int[] prompt, int tokens, double temperature, long seed) {
        return write(prompt, tokens, temperature, seed, tokens);
    }

    /// The same in so many passes, where it fills blanks.
    int[] write(int[] prompt, int tokens, double temperature, long seed, int passes) {
        if (infilling.isEmpty()) {
            return onward(prompt, tokens, temperature, seed);
        }
        return Arrays.copyOfRange(fill(prompt, tokens, new int[0], temperature, seed, passes), prompt.length, prompt.length + tokens);
    }

    /// The likeliest tokens between two texts: in its way where it sees both, else what it writes behind the first.
    int[] between(int[] before, int tokens, int... after) {
        return infilling.isEmpty()
                ? onward(before, tokens, 0, 0)
                : Arrays.copyOfRange(fill(before, tokens, after, 0, 0, tokens), before.length, before.length + tokens);
    }

    private int[] fill(int[] before, int tokens, int[] after, double temperature, long seed, int passes) {
        int[] text = IntStream.concat(IntStream.concat(Arrays.stream(before), IntStream.generate(() -> mask).limit(tokens)), Arrays.stream(
                after)).toArray();
        return infilling.orElseThrow().fill(text, new Infilling.Manner(passes, Infilling.Order.SUREST, temperature, seed));
    }

    private int[] onward(int[] prompt, int tokens, double temperature, long seed) {
        Generation generation = new Generation(tokens, temperature == 0 ? Sampling.GREEDY : Sampling.atTemperature(temperature), seed, Set
                .of());
        return engine.generate(prompt, 1, generation, ColumnListener.NONE).getFirst().tokens();
    }

    @Override
    public void close() {
        engine.close();
    }
}
