package nanochat.explain;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import nanochat.model.Gpt;
import nanochat.model.GptConfig;
import nanochat.objective.NextToken;
import nanochat.page.Axis;
import nanochat.page.Block.Charts;
import nanochat.page.Block.Share;
import nanochat.page.Block.Shares;
import nanochat.page.Block.Table;
import nanochat.page.Chart;
import nanochat.page.Words;
import nanochat.tensor.Tape;
import nanochat.tensor.Visibility;

/// What the length of a row, the number of rows and the depth cost in time and bytes: measured on small models here, predicted for the subject's.
final class MemoryTopic implements Topic {
    private static final int SHORTEST = 128;
    private static final int WINDOW = 128;
    private static final int LAYERS = 2;
    private static final int HEAD = 64;
    private static final int VOCABULARY = 512;
    private static final int ROW = 128;
    private static final int ROWS = 4;
    private static final int ROWS_OF_SPEEDRUN = 16;
    /// A fit that misses times by more says that they are not those of this work alone.
    private static final double DISTURBED = 0.25;
    private static final Duration WARM_UP = Duration.ofSeconds(2);
    private static final double MEBIBYTE = 1024 * 1024;

    @Override
    public String name() {
        return "memory";
    }

    @Override
    public List<Knob> knobs() {
        return List.of(new Knob.Whole("length", 1024, 256, 4096), new Knob.Whole("rows", 16, 2, 64), new Knob.Whole("depth", 4, 2, 8));
    }

    /// The small models: of the depth that is asked for, heads of 64, every layer sees the whole row.
    private static GptConfig small(int layers, int width, int length) {
        return new GptConfig(length, VOCABULARY, layers, width / HEAD, width / HEAD, width, "L", GptConfig.Generation.G2026_07);
    }

    private static List<Integer> lengthsTo(int longest) {
        return IntStream.iterate(SHORTEST, length -> length <= longest, length -> 2 * length).boxed().toList();
    }

    private static List<Integer> rowsTo(int most) {
        return IntStream.iterate(1, rows -> rows <= most, rows -> 2 * rows).boxed().toList();
    }

    private static List<Integer> depthsTo(int deepest) {
        return Stream.of(1, 2, 3, 4, 6, 8).filter(depth -> depth <= deepest).toList();
    }

    @Override
    public void explain(Subject subject, Knobs chosen, Explanation page) {
        page.lead();
        Trials trials = new Trials(subject.threads());
        trials.warmUp(chosen, page);
        mine(subject, page);
        lengths(trials, chosen.whole("length"), page);
        rows(trials, chosen.whole("rows"), page);
        depths(trials, chosen.whole("depth"), page);
        page.section("checked.title");
        page.claim("bytes_as_counted", trials.allAsCounted, trials.count);
        page.claim("recompute_changes_nothing", trials.allTheSame, trials.pairs);
        page.number("measured", trials.count);
        page.end(List.of("./nanochat explain memory --set length=4096", "./nanochat explain memory --set depth=6",
                "./nanochat pretrain --depth 4 --recompute", "./nanochat bench train --depth 4"), SourcePlace.of(NextToken.class,
                        "addGradients"),
                SourcePlace.of(Tape.class, "segment"), SourcePlace.of(Gpt.class, "block"));
    }

    /// A micro-batch that is measured.
    ///
    /// @param window that every layer has; 0 where the whole row is seen
    /// @param timed whether its time is asked for
    private record Tried(GptConfig config, int rows, boolean recompute, int window, boolean timed, int threads) {
        StepCost measure() {
            return StepCost.measure(config, rows, config.sequenceLength(), recompute, threads, layer -> new Visibility.Causal(window > 0
                    ? window
                    : config.window(layer)), timed ? StepCost.SHORT : Duration.ZERO);
        }

        Tried keepingActivations() {
            return new Tried(config, rows, false, window, true, threads);
        }

        Tried byOneThread() {
            return new Tried(config, rows, recompute, window, timed, 1);
        }

        boolean isAsCounted(StepCost cost) {
            return cost.bytes().equals(TrainingBytes.of(config, rows, config.sequenceLength(), recompute));
        }
    }

    /// What came of it.
    ///
    /// @param asCounted whether the bytes were those that were counted beforehand
    /// @param same whether the loss and the gradients were those of the same micro-batch without `--recompute`
    private record Outcome(StepCost cost, boolean asCounted, boolean same) {}

    /// A small model costs the same whatever else the page shows.
    private static final Recent<Tried, Outcome> MEASURED = new Recent<>(256);

    /// The measurements of a page, and whether all of them were what was expected.
    private static final class Trials {
        private final int threads;
        private final Map<Tried, StepCost> withGradients = new HashMap<>();
        private int count;
        private int pairs;
        private boolean allAsCounted = true;
        private boolean allTheSame = true;

        Trials(int threads) {
            this.threads = threads;
        }

        Tried whole(GptConfig config, int rows) {
            return new Tried(config, rows, false, 0, true, threads);
        }

        Tried again(GptConfig config, int rows, boolean timed) {
            return new Tried(config, rows, true, 0, timed, threads);
        }

        Tried windowed(GptConfig config) {
            return new Tried(config, 1, false, WINDOW, true, threads);
        }

        /// Code that has not run often is slow, and would be taken for a cost of what is measured first. So what the page measures runs for a moment before
        /// it. One thread leaves the other processors to the compiler.
        void warmUp(Knobs chosen, Explanation page) {
            List<Tried> all = new ArrayList<>();
            for (int length : lengthsTo(chosen.whole("length"))) {
                GptConfig config = small(LAYERS, LAYERS * HEAD, length);
                all.addAll(List.of(whole(config, 1), windowed(config)));
            }
            rowsTo(chosen.whole("rows")).forEach(rows -> all.add(whole(small(LAYERS, LAYERS * HEAD, ROW), rows)));
            for (int depth : depthsTo(chosen.whole("depth"))) {
                GptConfig config = small(depth, depth * HEAD, ROW);
                all.addAll(List.of(whole(small(depth, HEAD, ROW), ROWS), whole(config, ROWS), again(config, ROWS, true)));
            }
            all.removeIf(each -> MEASURED.known(each).isPresent());
            long end = System.nanoTime() + WARM_UP.toNanos();
            for (int i = 0; !all.isEmpty() && System.nanoTime() < end; i++) {
                page.goOn();
                all.get(i % all.size()).byOneThread().measure();
            }
        }

        StepCost of(Tried tried) {
            Outcome outcome = MEASURED.of(tried, () -> measured(tried));
            count++;
            pairs += tried.recompute ? 1 : 0;
            allAsCounted &= outcome.asCounted;
            allTheSame &= outcome.same;
            return outcome.cost;
        }

        /// Lengths are measured twice, so that one disturbance is not taken for growth.
        private Outcome measured(Tried tried) {
            StepCost cost = tried.measure();
            if (tried.rows == 1 && tried.timed) {
                cost = cost.orFaster(tried.measure());
            }
            if (!tried.recompute) {
                withGradients.put(tried, cost);
            }
            boolean same = !tried.recompute || cost.computedTheSameAs(withGradients.computeIfAbsent(tried.keepingActivations(),
                    Tried::measure));
            return new Outcome(cost.withoutGradients(), tried.isAsCounted(cost), same);
        }
    }

    /// What training the subject's model takes, and of what it is made.
    private static void mine(Subject subject, Explanation page) {
        GptConfig config = subject.config();
        int length = config.sequenceLength();
        page.section("mine.title");
        if (!TrainingBytes.isKnown(config)) {
            page.say("mine.unknown");
            return;
        }
        TrainingBytes one = TrainingBytes.of(config, 1, length, false);
        TrainingBytes all = TrainingBytes.of(config, ROWS_OF_SPEEDRUN, length, false);
        TrainingBytes again = TrainingBytes.of(config, ROWS_OF_SPEEDRUN, length, true);
        page.figure("parameters_mb", all.weights() / MEBIBYTE, mebibytes(all.weights()) + " MiB");
        page.figure("state_mb", (all.gradients() + all.moments()) / MEBIBYTE, mebibytes(all.gradients() + all.moments()) + " MiB");
        page.figure("activations_mb", all.activations() / MEBIBYTE, mebibytes(all.activations()) + " MiB");
        page.figure("recompute_mb", again.activations() / MEBIBYTE, mebibytes(again.activations()) + " MiB");
        page.say("mine", config.layers(), config.embedding(), length, ROWS_OF_SPEEDRUN, Words.whole((long) ROWS_OF_SPEEDRUN * length));
        page.show(new Shares(page.words("mine.shares"), Stream.of(share(page, "weights", all.weights()), share(page, "state", all
                .gradients() + all.moments()), share(page, "activations", all.activations())).toList()));
        page.say("mine.why", Words.whole(TrainingBytes.numbersAPosition(config, false)), Words.whole(TrainingBytes.numbersAPosition(config,
                true)));
        TrainingBytes measured = StepCost.measure(config, 1, length, false, subject.threads(), layer -> new Visibility.Causal(config.window(
                layer)), Duration.ZERO).bytes();
        page.claim("this_model_as_counted", measured.equals(one), Words.whole(one.all()));
    }

    private static Share share(Explanation page, String key, long bytes) {
        return new Share(page.words("mine." + key), bytes, mebibytes(bytes) + " MiB");
    }

    private static String mebibytes(long bytes) {
        return Words.significant(bytes / MEBIBYTE);
    }

    private static String milliseconds(double seconds) {
        return Words.significant(seconds * 1e3);
    }

    /// One row, longer and longer.
    private static void lengths(Trials trials, int longest, Explanation page) {
        List<Integer> lengths = lengthsTo(longest);
        List<StepCost> whole = new ArrayList<>();
        List<StepCost> windowed = new ArrayList<>();
        List<StepCost> again = new ArrayList<>();
        for (int length : lengths) {
            GptConfig config = small(LAYERS, LAYERS * HEAD, length);
            whole.add(trials.of(trials.whole(config, 1)));
            windowed.add(trials.of(trials.windowed(config)));
            again.add(trials.of(trials.again(config, 1, false)));
        }
        double[] x = lengths.stream().mapToDouble(Integer::doubleValue).toArray();
        Growth ofWhole = Growth.fit(x, seconds(whole), 0, 1, 2);
        Growth ofWindowed = Growth.fit(x, seconds(windowed), 0, 1);
        int end = lengths.getLast();
        page.section("length.title");
        page.say("length", LAYERS, LAYERS * HEAD, WINDOW);
        page.show(new Charts(List.of(chart(page, "length.time", page.words("ms"), x, seconds(whole), seconds(windowed), 1e3, "whole",
                "windowed"), chart(page, "length.bytes", "MiB", x, activations(whole), activations(again), 1 / MEBIBYTE, "kept",
                        "recompute"))));
        List<List<String>> table = new ArrayList<>();
        for (int i = 0; i < lengths.size(); i++) {
            table.add(List.of(Words.whole(lengths.get(i)), milliseconds(whole.get(i).seconds()), milliseconds(ofWhole.at(x[i])),
                    milliseconds(windowed.get(i).seconds()), mebibytes(whole.get(i).bytes().activations()), mebibytes(again.get(i).bytes()
                            .activations())));
        }
        page.show(new Table(page.words("length.table"), Stream.of("length.t", "whole.ms", "fit.ms", "windowed.ms", "kept.mib",
                "recompute.mib").map(page::words).toList(), table));
        page.say("length.fit", Words.significant(ofWhole.factor(0) * 1e3), Words.significant(ofWhole.factor(1) * 1e6), Words
                .significant(ofWhole.factor(2) * 1e9), Words.percent(ofWhole.worst()), Words.whole(end), Words.percent(ofWhole.share(2,
                        end)), Words.percent(ofWindowed.worst()));
        if (ofWhole.worst() > DISTURBED) {
            page.say("length.disturbed");
            MEASURED.forget();
        }
        page.say("length.why", Words.decimals(whole.getLast().seconds() / windowed.getLast().seconds(), 1));
        long first = whole.getFirst().bytes().activations();
        page.claim("bytes_are_linear", IntStream.range(0, lengths.size()).allMatch(i -> whole.get(i).bytes().activations() == first
                * (lengths
                        .get(i) / SHORTEST)), Words.whole(end / SHORTEST), Words.whole(first), Words.whole(whole.getLast().bytes()
                                .activations()));
        page.claim("a_window_saves_no_bytes", IntStream.range(0, lengths.size()).allMatch(i -> whole.get(i).bytes().equals(windowed.get(i)
                .bytes())));
        page.number("quadratic_share", ofWhole.share(2, end));
        page.number("fit_worst", ofWhole.worst());
        page.number("windowed_fit_worst", ofWindowed.worst());
    }

    private static double[] seconds(List<StepCost> costs) {
        return costs.stream().mapToDouble(StepCost::seconds).toArray();
    }

    private static double[] activations(List<StepCost> costs) {
        return costs.stream().mapToDouble(cost -> cost.bytes().activations()).toArray();
    }

    private static Chart chart(Explanation page, String key, String unit, double[] x, double[] dots, double[] line, double factor,
            String dotsName, String lineName) {
        return new Chart(page.words(key), unit, Axis.from(0, x[x.length - 1]), Axis.from(0, factor * Arrays.stream(dots).max().orElse(1)),
                List.of(new Chart.Series(page.words(dotsName), Chart.Style.DOTS, points(x, dots, factor)), new Chart.Series(page.words(
                        lineName), Chart.Style.LINE, points(x, line, factor))));
    }

    private static List<Chart.Point> points(double[] x, double[] y, double factor) {
        return IntStream.range(0, x.length).mapToObj(i -> new Chart.Point(x[i], y[i] * factor)).toList();
    }

    /// More and more rows of one length.
    private static void rows(Trials trials, int most, Explanation page) {
        GptConfig config = small(LAYERS, LAYERS * HEAD, ROW);
        List<List<String>> table = new ArrayList<>();
        List<Integer> counts = rowsTo(most);
        List<StepCost> costs = new ArrayList<>();
        for (int rows : counts) {
            StepCost cost = trials.of(trials.whole(config, rows));
            costs.add(cost);
            table.add(List.of(Integer.toString(rows), milliseconds(cost.seconds()), Words.whole(Math.round(rows * ROW / cost.seconds())),
                    mebibytes(cost.bytes().activations())));
        }
        double first = ROW / costs.getFirst().seconds();
        double last = (double) counts.getLast() * ROW / costs.getLast().seconds();
        page.section("rows.title");
        page.say("rows", ROW);
        page.show(new Table(page.words("rows.table"), Stream.of("rows.b", "whole.ms", "rows.rate", "kept.mib").map(page::words).toList(),
                table));
        page.say("rows.why", Words.decimals(last / first, 2), counts.getLast());
        page.number("rate_of_many_rows", last / first);
    }

    /// Deeper models: with the width of one, and with the width that grows as `--depth` makes it.
    private static void depths(Trials trials, int deepest, Explanation page) {
        List<List<String>> table = new ArrayList<>();
        List<StepCost> alone = new ArrayList<>();
        List<StepCost> dial = new ArrayList<>();
        List<Integer> depths = depthsTo(deepest);
        for (int depth : depths) {
            alone.add(trials.of(trials.whole(small(depth, HEAD, ROW), ROWS)));
            GptConfig config = small(depth, depth * HEAD, ROW);
            StepCost kept = trials.of(trials.whole(config, ROWS));
            StepCost again = trials.of(trials.again(config, ROWS, true));
            dial.add(kept);
            table.add(List.of(Integer.toString(depth), Integer.toString(depth * HEAD), mebibytes(kept.bytes().weights() + kept.bytes()
                    .gradients() + kept.bytes().moments()), mebibytes(kept.bytes().activations()), mebibytes(again.bytes().activations()),
                    milliseconds(kept.seconds()), milliseconds(again.seconds()), milliseconds(alone.getLast().seconds())));
        }
        page.section("depth.title");
        page.say("depth", HEAD);
        page.show(new Table(page.words("depth.table"), Stream.of("depth.d", "depth.width", "depth.state", "kept.mib", "recompute.mib",
                "depth.ms", "recompute.ms", "depth.alone").map(page::words).toList(), table));
        int from = IntStream.range(0, depths.size()).filter(i -> 2 * depths.get(i) >= deepest).findFirst().orElse(0);
        double ratio = Math.log((double) depths.getLast() / depths.get(from));
        double byDial = Math.log(dial.getLast().seconds() / dial.get(from).seconds()) / ratio;
        double byLayers = Math.log(alone.getLast().seconds() / alone.get(from).seconds()) / ratio;
        page.say("depth.why", depths.get(from), depths.getLast(), Words.decimals(byLayers, 2), Words.decimals(byDial, 2));
        page.number("exponent_of_layers", byLayers);
        page.number("exponent_of_dial", byDial);
        page.say("recompute.why");
    }
}
