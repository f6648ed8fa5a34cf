package nanochat.explain;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import nanochat.data.Batch;
import nanochat.engine.ColumnListener;
import nanochat.engine.Engine;
import nanochat.engine.Generation;
import nanochat.engine.Sampling;
import nanochat.engine.Sequence;
import nanochat.model.Flops;
import nanochat.model.Gpt;
import nanochat.objective.NextToken;
import nanochat.page.Axis;
import nanochat.page.Block.Cell;
import nanochat.page.Block.Cells;
import nanochat.page.Block.Charts;
import nanochat.page.Block.Ground;
import nanochat.page.Block.Lane;
import nanochat.page.Block.Lanes;
import nanochat.page.Block.Stretch;
import nanochat.page.Block.Table;
import nanochat.page.Chart;
import nanochat.page.Words;
import nanochat.tensor.Backend;
import nanochat.tensor.DType;
import nanochat.tensor.Tape;
import nanochat.tokenizer.TokenView;
import nanochat.tokenizer.Tokenizer;

/// Why generation keeps keys and values, and training does not.
final class KvCacheTopic implements Topic {
    private static final Generation ONE = new Generation(1, Sampling.GREEDY, 0, Set.of(), false, false, Generation.Likelihoods.NONE);
    private static final int LONGEST = 64;
    private static final double MEBIBYTE = 1024 * 1024;

    @Override
    public String name() {
        return "kv-cache";
    }

    @Override
    public List<Knob> knobs() {
        return List.of(new Knob.Text("text", "亡羊补牢", 200), new Knob.Whole("tokens", 48, 4, 128));
    }

    @Override
    public void explain(Subject subject, Knobs chosen, Explanation page) {
        Tokenizer tokenizer = subject.tokenizer();
        int[] row = subject.row(chosen.text("text"), LONGEST + 1);
        page.lead();
        game(tokenizer, row, page);
        Grown grown = Grown.of(subject.engine(), row, Math.min(chosen.whole("tokens"), subject.engine().maximumLength() - row.length));
        generation(subject, grown, page);
        training(subject, grown, page);
        memory(subject, page);
        page.section("uses.title");
        page.say("uses");
        page.end(List.of("./nanochat explain kv-cache --set tokens=128", "./nanochat explain kv-cache --text \"Once upon a time\"",
                "./nanochat bench infer"), SourcePlace.of(Sequence.class, "keepCommonPrefix"), SourcePlace.of(Gpt.class, "hidden"));
    }

    /// The idiom: an exam taken word by word, and a paper marked at once.
    private static void game(Tokenizer tokenizer, int[] row, Explanation page) {
        int steps = row.length - 1;
        page.section("game.title");
        page.say("game", TokenView.onOneLine(tokenizer.decode(Arrays.copyOfRange(row, 1, row.length))), steps);
        page.show(new Cells(page.words("game.cells"), IntStream.range(0, row.length)
                .mapToObj(i -> new Cell(TokenView.onOneLine(tokenizer, row[i]), i == 0 ? "" : page.words("game.step", i), new Ground.Group(
                        i))).toList()));
        List<Stretch> exam = new ArrayList<>(List.of(new Stretch(0, 1, page.words("lane.prefill"), new Ground.Group(0))));
        for (int i = 1; i <= 6; i++) {
            exam.add(new Stretch(i, i + 1, page.words("lane.decode"), new Ground.Group(1)));
        }
        page.show(new Lanes(page.words("lanes"), 7, page.words("lanes.unit"), List.of(new Lane(page.words("lane.inference"), exam),
                new Lane(page.words("lane.training"), List.of(new Stretch(0, 2, page.words("lane.forward"), new Ground.Group(0)),
                        new Stretch(2, 6, page.words("lane.backward"), new Ground.Group(3)),
                        new Stretch(6, 7, page.words("lane.update"), new Ground.Group(2)))))));
    }

    private static void generation(Subject subject, Grown grown, Explanation page) {
        page.section("generation.title");
        page.say("generation", grown.prompt.length, grown.tokens.length);
        page.claim("same_tokens", grown.sameTokens, grown.tokens.length);
        page.claim("cache_reuses_all_but_one", grown.reused == grown.prompt.length + grown.tokens.length - 2, grown.reused);
        double with = mean(grown.withCache);
        double without = mean(grown.withoutCache);
        page.figure("speedup", without / with, Words.decimals(without / with, 1) + " ×");
        page.figure("with_ms", with * 1e3, Words.decimals(with * 1e3, 2) + " ms");
        page.figure("without_ms", without * 1e3, Words.decimals(without * 1e3, 2) + " ms");
        page.show(new Charts(List.of(chart(page, "time", grown.withCache, grown.withoutCache, 1e3), chart(page, "flops", flops(subject,
                grown, true),
                flops(subject, grown, false), 1e-6))));
        page.say("bytes", Words.decimals(subject.engine().cacheBytes() / MEBIBYTE, 2));
        page.number("cache_bytes", subject.engine().cacheBytes());
    }

    private static Chart chart(Explanation page, String key, double[] with, double[] without, double unit) {
        return new Chart(page.words(key + ".chart"), page.words(key + ".unit"), Axis.from(0, with.length),
                Axis.around(DoubleStream.concat(DoubleStream.of(0), DoubleStream.concat(Arrays.stream(with), Arrays.stream(without)).map(
                        y -> y * unit))),
                List.of(series(page.words("with"), Chart.Style.LINE, with, unit), series(page.words("without"), Chart.Style.DOTS, without,
                        unit)));
    }

    private static Chart.Series series(String name, Chart.Style style, double[] values, double unit) {
        return new Chart.Series(name, style, IntStream.range(0, values.length).mapToObj(i -> new Chart.Point(i + 1, values[i] * unit))
                .toList());
    }

    /// A third of what training takes of a token; without a cache for all tokens so far.
    private static double[] flops(Subject subject, Grown grown, boolean cache) {
        double token = Flops.perToken(subject.config()) / 3.0;
        return IntStream.range(0, grown.tokens.length).mapToDouble(i -> cache ? token : token * (grown.prompt.length + i)).toArray();
    }

    /// The same row as training reads it: at once, or a token at a time with the cache.
    private static void training(Subject subject, Grown grown, Explanation page) {
        int[] whole = IntStream.concat(Arrays.stream(grown.prompt), Arrays.stream(grown.tokens)).toArray();
        Engine engine = subject.engine();
        double atOnce = Double.POSITIVE_INFINITY;
        double byToken = Double.POSITIVE_INFINITY;
        for (int round = 0; round < 2; round++) { // the first one warms up
            long began = System.nanoTime();
            engine.generate(whole, 1, ONE, ColumnListener.NONE);
            atOnce = Math.min(atOnce, (System.nanoTime() - began) * 1e-9);
            began = System.nanoTime();
            Sequence context = engine.newContext();
            for (int i = 1; i <= whole.length; i++) {
                engine.generate(context, Arrays.copyOf(whole, i), 1, ONE, ColumnListener.NONE);
            }
            engine.release(context);
            byToken = Math.min(byToken, (System.nanoTime() - began) * 1e-9);
        }
        page.section("training.title");
        page.say("training", whole.length);
        page.show(new Table(page.words("training.table", whole.length), List.of(page.words("training.how"), "ms"),
                List.of(List.of(page.words("training.at_once"), Words.decimals(atOnce * 1e3, 1)),
                        List.of(page.words("training.by_token"), Words.decimals(byToken * 1e3, 1)))));
        page.say("training.result", Words.decimals(byToken / atOnce, 1));
        page.number("training_by_token_slower", byToken / atOnce);
        page.say("mask");
    }

    private static void memory(Subject subject, Explanation page) {
        int length = subject.config().sequenceLength();
        long cache = 2L * subject.config().layers() * subject.config().kvWidth() * length * Float.BYTES;
        long activations = activations(subject, length);
        page.section("memory.title");
        page.say("memory", length);
        page.show(new Table(page.words("memory.table", length), List.of(page.words("memory.what"), "MiB"),
                List.of(List.of(page.words("memory.cache"), Words.decimals(cache / MEBIBYTE, 2)),
                        List.of(page.words("memory.activations"), Words.decimals(activations / MEBIBYTE, 2)))));
        page.claim("activations_are_more", activations > cache, Words.decimals((double) activations / cache, 1));
        page.number("activation_bytes", activations);
        page.number("row_cache_bytes", cache);
    }

    /// What a row takes in training beyond the model itself: measured by training one.
    private static long activations(Subject subject, int length) {
        Backend backend = subject.backend();
        long before = backend.tensorBytes();
        NextToken objective = new NextToken(new Gpt(subject.parameters()), new Tape(backend, DType.F32), 1, length);
        int[] tokens = new int[length];
        objective.addGradients(new Batch(1, length, tokens, tokens), 1);
        objective.takeLoss();
        subject.parameters().all().forEach(parameter -> backend.zero(parameter.gradient()));
        return backend.tensorBytes() - before;
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).average().orElse(0);
    }

    /// A text grown token by token, with and without a cache.
    ///
    /// @param withCache seconds a token
    /// @param withoutCache seconds a token
    /// @param reused tokens that the last step found in the cache
    private record Grown(int[] prompt, int[] tokens, boolean sameTokens, double[] withCache, double[] withoutCache, int reused) {
        static Grown of(Engine engine, int[] prompt, int count) {
            grow(engine, prompt, Math.min(count, 8), true); // the first time costs more
            grow(engine, prompt, Math.min(count, 8), false);
            Half cached = grow(engine, prompt, count, true);
            Half plain = grow(engine, prompt, count, false);
            return new Grown(prompt, cached.tokens, Arrays.equals(cached.tokens, plain.tokens), cached.seconds, plain.seconds,
                    cached.reused);
        }

        private record Half(int[] tokens, double[] seconds, int reused) {}

        private static Half grow(Engine engine, int[] prompt, int count, boolean cache) {
            int[] text = Arrays.copyOf(prompt, prompt.length + count);
            double[] seconds = new double[count];
            int[] reused = new int[1];
            Sequence context = engine.newContext();
            for (int i = 0; i < count; i++) {
                long began = System.nanoTime();
                if (!cache) {
                    engine.release(context);
                }
                text[prompt.length + i] = engine.generate(context, Arrays.copyOf(text, prompt.length + i), 1, ONE, column -> {
                    reused[0] = column.reusedTokens();
                    return true;
                }).getFirst().tokens()[0];
                seconds[i] = (System.nanoTime() - began) * 1e-9;
            }
            engine.release(context);
            return new Half(Arrays.copyOfRange(text, prompt.length, text.length), seconds, reused[0]);
        }
    }
}
