package nanochat.explain;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import nanochat.model.Gpt;
import nanochat.model.GptConfig;
import nanochat.model.Places;
import nanochat.page.Axis;
import nanochat.page.Block.Charts;
import nanochat.page.Block.HeatMap;
import nanochat.page.Block.Table;
import nanochat.page.Chart;
import nanochat.page.Words;
import nanochat.tensor.AttentionShape;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tensor.Visibility;
import nanochat.tokenizer.TokenView;
import nanochat.tokenizer.Tokenizer;

/// Who looks at whom: a head's real weights, the causal mask, windows, and what happens without a mask.
final class AttentionTopic implements Topic {
    private static final int LONGEST = 24;
    private static final double ROUNDING = 1e-4;
    /// Nothing that a reader changes has a part in these trainings but their number of steps.
    private static final Recent<Integer, Learned> LEARNED = new Recent<>(16);

    /// The losses of two trainings, by step.
    private record Learned(List<Chart.Point> masked, List<Chart.Point> open) {}

    @Override
    public String name() {
        return "attention";
    }

    @Override
    public List<Knob> knobs() {
        return List.of(new Knob.Text("text", "Anna has a red ball. Anna gives the ball to Ben. Ben has the", 300),
                new Knob.Whole("layer", 0, 0, 63), new Knob.Whole("head", 0, 0, 63), new Knob.Whole("steps", 80, 0, 400));
    }

    @Override
    public List<Knob> knobs(GptConfig config) {
        return Knob.within(Knob.within(knobs(), "layer", config.layers() - 1), "head", config.heads() - 1);
    }

    @Override
    public void explain(Subject subject, Knobs chosen, Explanation page) {
        GptConfig config = subject.config();
        Tokenizer tokenizer = subject.tokenizer();
        int[] row = subject.row(chosen.text("text"), LONGEST);
        int layer = Math.min(chosen.whole("layer"), config.layers() - 1);
        int head = Math.min(chosen.whole("head"), config.heads() - 1);
        page.lead();
        page.figure("tokens", row.length, Words.whole(row.length));
        page.figure("pairs", row.length * (row.length + 1) / 2.0, Words.whole(row.length * (row.length + 1L) / 2));
        page.figure("heads", (double) config.layers() * config.heads(), Words.whole((long) config.layers() * config.heads()));

        Seen seen = new Seen(subject, row, layer);
        List<List<Double>> weights = seen.weights(head);
        List<String> names = Arrays.stream(row).mapToObj(id -> TokenView.onOneLine(tokenizer, id)).toList();
        page.section("weights.title");
        page.say("weights", layer + 1, head + 1, config.headSize());
        page.show(new HeatMap(page.words("weights.map", layer + 1, head + 1), names, names, weights));
        page.claim("weights_sum_to_one", weights.stream()
                .allMatch(shares -> Math.abs(shares.stream().mapToDouble(Double::doubleValue).sum() - 1) < ROUNDING));
        double apart = seen.differenceToModel(head, weights);
        page.claim("weights_are_those_of_the_model", apart < ROUNDING, Words.significant(apart));

        causal(subject, row, page);
        windows(config, page);
        if (chosen.whole("steps") > 0) {
            withoutMask(chosen.whole("steps"), page);
        }
        page.end(List.of("./nanochat explain attention --set layer=1 --set head=1",
                "./nanochat explain attention --text \"one two three one two\""),
                SourcePlace.of(Gpt.class, "attention"), SourcePlace.of(AttentionShape.class, "firstKey"),
                SourcePlace.of(AttentionShape.class, "endKey"));
    }

    /// The last token changed: nothing before it moves.
    private static void causal(Subject subject, int[] row, Explanation page) {
        int[] changed = row.clone();
        changed[row.length - 1] = row[row.length - 1] == 65 ? 66 : 65;
        float[][] before = Predictions.of(subject, row).logits();
        float[][] after = Predictions.of(subject, changed).logits();
        page.section("causal.title");
        page.say("causal", row.length);
        page.claim("the_future_moves_nothing", Arrays.deepEquals(Arrays.copyOf(before, row.length - 1), Arrays.copyOf(after, row.length
                - 1)),
                (row.length - 1) * before[0].length);
        page.claim("the_present_moves", !Arrays.equals(before[row.length - 1], after[row.length - 1]));
    }

    private static void windows(GptConfig config, Explanation page) {
        page.section("windows.title");
        page.say("windows", config.windowPattern(), config.sequenceLength());
        page.show(new Table(page.words("windows.table"), List.of(page.words("windows.layer"), page.words("windows.keys")),
                IntStream.range(0, config.layers()).mapToObj(layer -> List.of(Integer.toString(layer + 1),
                        Words.whole(Math.min(config.window(layer) + 1L, config.sequenceLength())))).toList()));
    }

    /// Two tiny models, trained alike but for the mask.
    private static void withoutMask(int steps, Explanation page) {
        page.section("open.title");
        page.say("open", steps);
        Learned learned = LEARNED.of(steps, () -> {
            Tokenizer tokenizer = TinyModel.learnTokenizer();
            return new Learned(losses(tokenizer, steps, new Visibility.Causal(Integer.MAX_VALUE / 2), page), losses(tokenizer, steps,
                    new Visibility.BothDirections(), page));
        });
        List<Chart.Point> masked = learned.masked;
        List<Chart.Point> open = learned.open;
        double ending = masked.getLast().y();
        double cheating = open.getLast().y();
        page.show(new Charts(List.of(new Chart(page.words("open.chart"), page.words("open.unit"), Axis.from(0, steps),
                Axis.around(IntStream.range(0, steps).boxed().flatMapToDouble(i -> DoubleStream.of(masked.get(i).y(), open.get(i).y(), 0))),
                List.of(new Chart.Series(page.words("open.masked"), Chart.Style.LINE, masked),
                        new Chart.Series(page.words("open.open"), Chart.Style.DOTS, open))))));
        page.say("open.result", Words.decimals(ending, 2), Words.decimals(cheating, 2));
        page.claim("without_mask_it_cheats", cheating < ending);
        page.number("loss_masked", ending);
        page.number("loss_open", cheating);
    }

    private static List<Chart.Point> losses(Tokenizer tokenizer, int steps, Visibility sight, Explanation page) {
        List<Chart.Point> losses = new ArrayList<>();
        try (Backend backend = Backends.open(Device.CPU, TinyModel.THREADS, DType.F32)) {
            TinyModel.train(backend, tokenizer, sight, steps, loss -> {
                page.goOn();
                losses.add(new Chart.Point(losses.size() + 1, loss));
            });
        }
        return losses;
    }

    /// What one layer's attention reads and gives, by the watched forward pass.
    private static final class Seen {
        private final Map<String, float[]> values = new HashMap<>();
        private final Places.Block place;
        private final AttentionShape shape;

        Seen(Subject subject, int[] row, int layer) {
            GptConfig config = subject.config();
            place = Places.Block.of(layer);
            shape = new AttentionShape(1, row.length, config.heads(), config.kvHeads(), config.headSize(),
                    new Visibility.Causal(config.window(layer)));
            List<String> wanted = List.of(place.queries(), place.keys(), place.values(), place.attentionOutput());
            Predictions.of(subject, row, (name, tensor) -> {
                if (wanted.contains(name)) {
                    values.put(name, subject.backend().read(tensor));
                }
            });
        }

        /// softmax(q k^T / sqrt(D)), by query and key; 0 where a key is not seen.
        List<List<Double>> weights(int head) {
            List<List<Double>> weights = new ArrayList<>();
            for (int query = 0; query < shape.queries(); query++) {
                double[] scores = new double[shape.keys()];
                double sum = 0;
                for (int key = shape.firstKey(query); key < shape.endKey(0, query); key++) {
                    scores[key] = Math.exp(shape.scale() * dot(query, key, head));
                    sum += scores[key];
                }
                double whole = sum;
                weights.add(Arrays.stream(scores).map(score -> score / whole).boxed().toList());
            }
            return weights;
        }

        private double dot(int query, int key, int head) {
            float[] queries = of(place.queries());
            float[] keys = of(place.keys());
            int size = shape.headSize();
            int queryStart = (query * shape.heads() + head) * size;
            int keyStart = (key * shape.kvHeads() + kvHead(head)) * size;
            double dot = 0;
            for (int i = 0; i < size; i++) {
                dot += (double) queries[queryStart + i] * keys[keyStart + i];
            }
            return dot;
        }

        /// How far the values, weighed by these weights, are from what the model's own attention gave.
        double differenceToModel(int head, List<List<Double>> weights) {
            float[] all = of(place.values());
            float[] given = of(place.attentionOutput());
            int size = shape.headSize();
            double most = 0;
            for (int query = 0; query < shape.queries(); query++) {
                for (int i = 0; i < size; i++) {
                    double sum = 0;
                    for (int key = 0; key < shape.keys(); key++) {
                        sum += weights.get(query).get(key) * all[(key * shape.kvHeads() + kvHead(head)) * size + i];
                    }
                    most = Math.max(most, Math.abs(sum - given[(query * shape.heads() + head) * size + i]));
                }
            }
            return most;
        }

        private int kvHead(int head) {
            return head / (shape.heads() / shape.kvHeads());
        }

        private float[] of(String name) {
            float[] found = values.get(name);
            if (found == null) {
                throw new IllegalStateException(name + " was not passed");
            }
            return found;
        }
    }
}
