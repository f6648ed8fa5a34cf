package nanochat.explain;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import nanochat.data.Batch;
import nanochat.eval.BitsPerByte;
import nanochat.model.Gpt;
import nanochat.objective.NextToken;
import nanochat.page.Block.Cell;
import nanochat.page.Block.Cells;
import nanochat.page.Block.Ground;
import nanochat.page.Block.Table;
import nanochat.page.Words;
import nanochat.tensor.DType;
import nanochat.tensor.Parameter;
import nanochat.tensor.Tape;
import nanochat.tensor.Tensor;
import nanochat.tokenizer.TokenView;
import nanochat.tokenizer.Tokenizer;

/// From probabilities to one number: cross entropy a position, sum and mean, what is masked, what the choice does to gradients, bits per byte.
final class LossTopic implements Topic {
    private static final int LONGEST = 48;
    private static final double ROUNDING = 1e-4;

    @Override
    public String name() {
        return "loss";
    }

    @Override
    public List<Knob> knobs() {
        return List.of(new Knob.Text("text", "The capital of France is Paris, and the capital of Japan is Tokyo.", 500),
                new Knob.Whole("masked", 4, 0, LONGEST - 1), new Knob.Choice("reduction", List.of("mean", "sum")));
    }

    @Override
    public void explain(Subject subject, Knobs chosen, Explanation page) {
        Tokenizer tokenizer = subject.tokenizer();
        int[] row = subject.row(chosen.text("text"), LONGEST + 1);
        int length = row.length - 1;
        int masked = Math.min(chosen.whole("masked"), length - 1);
        int[] inputs = Arrays.copyOf(row, length);
        int[] targets = Arrays.copyOfRange(row, 1, row.length);
        Arrays.fill(targets, 0, masked, Batch.IGNORED);

        page.lead();
        Predictions predictions = Predictions.of(subject, inputs);
        double sum = 0;
        int bytes = 0;
        List<Cell> cells = new ArrayList<>();
        for (int i = 0; i < length; i++) {
            double loss = -predictions.logProbability(i, row[i + 1]);
            boolean counts = i >= masked;
            cells.add(new Cell(TokenView.onOneLine(tokenizer, row[i + 1]),
                    counts ? Words.decimals(100 * Math.exp(-loss), 1) + "% " + Words.decimals(loss, 2) : page.words("masked"),
                    counts ? new Ground.Share(Math.min(1, loss / 10)) : new Ground.Gone()));
            if (counts) {
                sum += loss;
                bytes += tokenizer.bytes(row[i + 1]).length;
            }
        }
        int valid = length - masked;
        double mean = sum / valid;
        double bits = sum / Math.log(2) / bytes;
        page.figure("sum", sum, Words.decimals(sum, 2));
        page.figure("mean", mean, Words.decimals(mean, 3));
        page.figure("bits_per_byte", bits, Words.decimals(bits, 3));

        page.section("positions.title");
        page.say("positions", length, masked, valid);
        page.show(new Cells(page.words("positions.cells"), cells));

        page.section("mean.title");
        page.say("mean", valid, Words.decimals(sum, 3), Words.decimals(mean, 4));
        try (Gradients gradients = new Gradients(subject)) {
            double trained = gradients.loss(1, inputs, targets);
            page.claim("mean_is_what_training_reports", Math.abs(trained - mean) < ROUNDING * Math.max(1, mean), Words.decimals(trained,
                    4));
            compareBatches(gradients, inputs, targets, valid, chosen.text("reduction").equals("sum"), page);
            accumulate(gradients, inputs, targets, page);
        }

        page.section("bits.title");
        page.say("bits", Words.decimals(sum, 3), Words.decimals(sum / Math.log(2), 3), bytes, Words.decimals(bits, 4));
        page.end(List.of("./nanochat explain loss --set masked=0", "./nanochat explain loss --text \"qwrtp zzz\"",
                "./nanochat eval --source base --eval bpb"), SourcePlace.of(NextToken.class, "addGradients"),
                SourcePlace.of(BitsPerByte.class, "measure"));
    }

    /// The same row once and twice in a batch: what a sum does and what a mean does.
    private static void compareBatches(Gradients gradients, int[] inputs, int[] targets, int valid, boolean sum, Explanation page) {
        double once = gradients.norm(1, inputs, targets, 1);
        double twice = gradients.norm(2, twice(inputs), twice(targets), 1);
        page.say("batches");
        page.show(new Table(page.words("batches.table"),
                List.of(page.words("batches.rows"), page.words("batches.mean"), page.words("batches.sum")),
                List.of(List.of("1", Words.significant(once), Words.significant(once * valid)),
                        List.of("2", Words.significant(twice), Words.significant(twice * 2 * valid)))));
        double growth = sum ? twice * 2 / once : twice / once;
        page.figure("doubling", growth, Words.decimals(growth, 2));
        page.claim("mean_gradient_stays", Math.abs(twice - once) < ROUNDING * once);
        page.say("batches.rate");
    }

    /// Two micro-batches of one row, each counting half, against one batch of both rows.
    private static void accumulate(Gradients gradients, int[] inputs, int[] targets, Explanation page) {
        int[] backwards = reversed(inputs);
        float[] together = gradients.of(2, joined(inputs, backwards), joined(targets, targets), 1);
        gradients.clear();
        gradients.add(1, inputs, targets, 2);
        gradients.add(1, backwards, targets, 2);
        float[] apart = gradients.read();
        page.section("accumulation.title");
        page.say("accumulation");
        double apartBy = 0;
        double largest = 0;
        for (int i = 0; i < together.length; i++) {
            apartBy = Math.max(apartBy, Math.abs(together[i] - apart[i]));
            largest = Math.max(largest, Math.abs(together[i]));
        }
        page.claim("accumulated_equals_whole", apartBy < ROUNDING * largest, Words.significant(apartBy), Words.significant(largest));
    }

    private static int[] twice(int[] row) {
        return joined(row, row);
    }

    private static int[] joined(int[] first, int[] second) {
        return IntStream.concat(Arrays.stream(first), Arrays.stream(second)).toArray();
    }

    private static int[] reversed(int[] row) {
        return IntStream.range(0, row.length).map(i -> row[row.length - 1 - i]).toArray();
    }

    /// The gradients of the model's lowest and widest matrix, as training computes them; they are zero again afterwards.
    private static final class Gradients implements AutoCloseable {
        private final Subject subject;
        private final Parameter watched;

        Gradients(Subject subject) {
            this.subject = subject;
            watched = subject.parameters().layer(0).mlpFc();
        }

        double loss(int rows, int[] inputs, int[] targets) {
            NextToken objective = objective(rows, inputs);
            objective.addGradients(new Batch(rows, inputs.length / rows, inputs, targets), 1);
            clear();
            return objective.takeLoss();
        }

        float[] of(int rows, int[] inputs, int[] targets, int microSteps) {
            clear();
            add(rows, inputs, targets, microSteps);
            return read();
        }

        double norm(int rows, int[] inputs, int[] targets, int microSteps) {
            double squares = 0;
            for (float value : of(rows, inputs, targets, microSteps)) {
                squares += (double) value * value;
            }
            return Math.sqrt(squares);
        }

        void add(int rows, int[] inputs, int[] targets, int microSteps) {
            objective(rows, inputs).addGradients(new Batch(rows, inputs.length / rows, inputs, targets), microSteps);
        }

        private NextToken objective(int rows, int[] inputs) {
            int length = inputs.length / rows;
            return new NextToken(new Gpt(subject.parameters(), length), new Tape(subject.backend(), DType.F32), rows, length);
        }

        float[] read() {
            Tensor gradient = watched.gradient();
            return subject.backend().read(gradient);
        }

        void clear() {
            subject.parameters().all().forEach(parameter -> subject.backend().zero(parameter.gradient()));
        }

        @Override
        public void close() {
            clear();
        }
    }
}
