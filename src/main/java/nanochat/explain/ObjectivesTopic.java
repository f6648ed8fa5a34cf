package nanochat.explain;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import nanochat.data.Batch;
import nanochat.model.Gpt;
import nanochat.objective.Corrupted;
import nanochat.objective.ObjectiveChoice;
import nanochat.page.Block.Cell;
import nanochat.page.Block.Cells;
import nanochat.page.Block.Ground;
import nanochat.page.Block.HeatMap;
import nanochat.page.Block.Table;
import nanochat.page.Words;
import nanochat.tensor.AttentionShape;
import nanochat.tensor.DType;
import nanochat.tensor.Tape;
import nanochat.tensor.Tensor;
import nanochat.tensor.Visibility;
import nanochat.tokenizer.TokenView;
import nanochat.tokenizer.Tokenizer;

/// What a model can be asked of one and the same sentence: what each objective hides, what it may look at, what it has to predict.
final class ObjectivesTopic implements Topic {
    private static final int LONGEST = 24;
    private static final int DRAWS = 2000;
    /// Tokens of a block of block-diffusion, of a sentence.
    private static final int BLOCK = 4;
    private static final String HIDDEN = "▢";
    private static final String NOISY = "▒";
    private static final long SEED = 42;

    @Override
    public String name() {
        return "objectives";
    }

    @Override
    public List<Knob> knobs() {
        return List.of(new Knob.Text("text", "The capital of France is Paris. The capital of Japan is Tokyo.", 300),
                new Knob.Whole("rate", 15, 1, 99), new Knob.Whole("heads", 4, 2, 8), new Knob.Whole("draw", 0, 0, 1_000_000));
    }

    @Override
    public void explain(Subject subject, Knobs chosen, Explanation page) {
        Sentence sentence = Sentence.of(subject, chosen.text("text"));
        int heads = chosen.whole("heads");
        List<ObjectiveChoice> choices = List.of(ObjectiveChoice.nextToken(), new ObjectiveChoice.OfMasked(chosen.whole("rate") / 100.0),
                new ObjectiveChoice.OfPrefix(), new ObjectiveChoice.OfUl2(), new ObjectiveChoice.OfDiffusion(),
                new ObjectiveChoice.OfBlockDiffusion(BLOCK), new ObjectiveChoice.OfGaussianDiffusion(),
                new ObjectiveChoice.OfMultiToken(heads),
                new ObjectiveChoice.OfJepa(ObjectiveChoice.OfJepa.DEFAULT_RATE), new ObjectiveChoice.OfNextTokenJepa(
                        ObjectiveChoice.OfJepa.DEFAULT_RATE, ObjectiveChoice.OfNextTokenJepa.DEFAULT_WEIGHT));
        page.lead();
        page.figure("tokens", sentence.length(), Words.whole(sentence.length()));
        page.figure("objectives", choices.size(), Words.whole(choices.size()));

        List<List<String>> rows = new ArrayList<>();
        boolean blind = true;
        for (ObjectiveChoice choice : choices) {
            Asked asked = new Asked(sentence, choice, chosen.whole("draw"));
            show(sentence, asked, heads, page);
            rows.add(asked.summary());
            blind &= asked.seesNoAnswer();
        }
        page.section("compare.title");
        page.say("compare");
        page.show(new Table(page.words("compare.table"), List.of(page.words("compare.objective"), page.words("compare.predictions"), page
                .words(
                        "compare.seen"), page.words("compare.measure")), rows));
        page.claim("nobody_sees_its_answer", blind);
        page.claim("the_same_draw_hides_the_same", choices.stream().allMatch(choice -> new Asked(sentence, choice, 7).equals(new Asked(
                sentence, choice, 7))));
        shares(sentence, choices, page);
        sights(subject, sentence, page);
        ComparisonSection.show(subject, page);
        page.end(List.of("./nanochat explain objectives --set draw=1", "./nanochat explain objectives --set rate=40",
                "./nanochat pretrain --objective diffusion"), SourcePlace.of(ObjectiveChoice.class, "asked"), SourcePlace.of(Gpt.class,
                        "heads"));
    }

    private static void show(Sentence sentence, Asked asked, int heads, Explanation page) {
        String name = asked.choice.title();
        page.section(name + ".title");
        page.say(name, Words.whole(asked.predictions()), Words.whole(sentence.length()));
        Corrupted corrupted = asked.corrupted;
        page.show(new Cells(page.words("cells"), IntStream.range(0, sentence.length()).mapToObj(i -> {
            int read = corrupted.question().inputs()[i];
            String note = corrupted.question().targets()[i] == Batch.IGNORED ? "" : "→ " + asked.answer(i, heads);
            return new Cell(asked.isHidden(i) ? asked.blank() : asked.name(read), note, asked.isHidden(i) || asked.isExtra(read)
                    ? new Ground.Gone()
                    : note.isEmpty() ? new Ground.Plain() : new Ground.Group(0));
        }).toList()));
    }

    /// How much is predicted, in the mean over many draws.
    private static void shares(Sentence sentence, List<ObjectiveChoice> choices, Explanation page) {
        if (sentence.length() < 8) {
            return; // a share of a few tokens is rounded
        }
        page.say("shares", Words.whole(DRAWS));
        for (ObjectiveChoice choice : choices) {
            double mean = IntStream.range(0, DRAWS).mapToObj(draw -> new Asked(sentence, choice, draw)).mapToDouble(
                    asked -> (double) asked.corrupted.question().validTargets() / sentence.length()).average().orElseThrow();
            page.number("share_" + choice.title(), mean);
        }
    }

    /// Whose output moves when a token is changed: what a model sees, found by running one.
    private static void sights(Subject subject, Sentence sentence, Explanation page) {
        page.section("sight.title");
        page.say("sight");
        int length = sentence.length();
        List<String> names = IntStream.range(0, length).mapToObj(i -> sentence.name(sentence.batch.inputs()[i])).toList();
        boolean all = true;
        for (Sight sight : List.of(new Sight("sight.causal", new Visibility.Causal(length)), new Sight("sight.both",
                new Visibility.BothDirections()), new Sight("sight.prefix", new Visibility.Prefix(List.of(Math.max(1, length / 2)))),
                new Sight("sight.blocks", new Visibility.Blocks(BLOCK)))) {
            boolean[][] moved = moved(subject, sentence, sight.ranges);
            AttentionShape shape = new AttentionShape(1, length, 1, 1, 2, sight.ranges);
            all &= IntStream.range(0, length).allMatch(query -> IntStream.range(0, length).allMatch(
                    key -> moved[query][key] == (key >= shape
                            .firstKey(query) && key < shape.endKey(0, query))));
            page.show(new HeatMap(page.words(sight.words), names, names, Arrays
                    .stream(moved).map(row -> IntStream.range(0, length).mapToObj(key -> row[key] ? 1.0 : 0.0).toList()).toList()));
        }
        page.claim("sight_is_what_is_said", all);
    }

    private record Sight(String words, Visibility ranges) {}

    private static boolean[][] moved(Subject subject, Sentence sentence, Visibility sight) {
        int length = sentence.length();
        Gpt gpt = new Gpt(subject.parameters(), Math.max(length, subject.config().sequenceLength()));
        Tape tape = new Tape(subject.backend(), DType.F32);
        Tensor ids = subject.backend().allocate(DType.I32, length);
        float[] before = hidden(subject, gpt, tape, ids, sight, sentence.batch.inputs());
        int width = subject.config().embedding();
        boolean[][] moved = new boolean[length][length];
        for (int key = 0; key < length; key++) {
            int[] changed = sentence.batch.inputs().clone();
            changed[key] = changed[key] == 65 ? 66 : 65;
            float[] after = hidden(subject, gpt, tape, ids, sight, changed);
            for (int query = 0; query < length; query++) {
                moved[query][key] = !Arrays.equals(before, query * width, (query + 1) * width, after, query * width, (query + 1) * width);
            }
        }
        return moved;
    }

    private static float[] hidden(Subject subject, Gpt gpt, Tape tape, Tensor ids, Visibility sight, int... tokens) {
        subject.backend().write(ids, tokens);
        float[] values = subject.backend().read(gpt.hidden(tape, ids, 1, tokens.length, _ -> sight).value());
        tape.clear();
        return values;
    }

    /// A sentence as a batch of one row.
    private record Sentence(Tokenizer tokenizer, Batch batch) {
        static Sentence of(Subject subject, String text) {
            int[] row = subject.row(text, LONGEST + 1);
            int length = row.length - 1;
            return new Sentence(subject.tokenizer(), new Batch(1, length, Arrays.copyOf(row, length), Arrays.copyOfRange(row, 1, length
                    + 1)));
        }

        int length() {
            return batch.length();
        }

        String name(int token) {
            return TokenView.onOneLine(tokenizer, token);
        }
    }

    /// What an objective asks of a sentence in one draw.
    private static final class Asked {
        private final Sentence sentence;
        private final ObjectiveChoice choice;
        private final Corrupted corrupted;
        private final AttentionShape shape;

        Asked(Sentence sentence, ObjectiveChoice choice, int draw) {
            this.sentence = sentence;
            this.choice = choice;
            corrupted = choice.asked(sentence.batch, sentence.tokenizer.vocabularySize(), SEED, draw, 0);
            shape = new AttentionShape(1, sentence.length(), 1, 1, 2, corrupted.sight());
        }

        /// Of all heads.
        int predictions() {
            int length = sentence.length();
            return choice instanceof ObjectiveChoice.OfMultiToken(int heads)
                    ? IntStream.range(0, heads).map(head -> Math.max(0, length - head)).sum()
                    : corrupted.question().validTargets() + (choice instanceof ObjectiveChoice.OfNextTokenJepa ? length : 0);
        }

        /// Whether a token is one of those that the objective adds.
        boolean isExtra(int token) {
            return token >= sentence.tokenizer.vocabularySize();
        }

        String name(int token) {
            return isExtra(token) ? choice.extraTokenName(token - sentence.tokenizer.vocabularySize()) : sentence.name(token);
        }

        /// What a position has to predict; the tokens of all heads.
        String answer(int position, int heads) {
            int count = choice instanceof ObjectiveChoice.OfMultiToken ? heads : 1;
            String first = name(corrupted.question().targets()[position]);
            StringBuilder names = new StringBuilder(choice.hasTeacher() ? "z(" + first + ")" : first);
            for (int head = 1; head < count && position + head < sentence.length(); head++) {
                names.append(" · ").append(name(sentence.batch.targets()[position + head]));
            }
            return names.toString();
        }

        private boolean isAsked(int position) {
            return corrupted.question().targets()[position] != Batch.IGNORED;
        }

        /// Whether a blank stands there, which is asked for itself.
        private boolean isHidden(int position) {
            return !(choice instanceof ObjectiveChoice.OfUl2) && corrupted.question().inputs()[position] != sentence.batch
                    .inputs()[position];
        }

        /// What is shown where a token is hidden.
        String blank() {
            return choice instanceof ObjectiveChoice.OfGaussianDiffusion ? NOISY : HIDDEN;
        }

        /// Where what a position predicts stands in what the model reads: at its own place where that is hidden, else behind it.
        private int answerAt(int position) {
            return isHidden(position) ? position : position + 1;
        }

        private IntStream seen(int position) {
            return IntStream.range(shape.firstKey(position), shape.endKey(0, position)).filter(key -> !isHidden(key));
        }

        boolean seesNoAnswer() {
            return IntStream.range(0, sentence.length()).filter(this::isAsked).allMatch(position -> seen(position).noneMatch(
                    key -> key == answerAt(position)));
        }

        List<String> summary() {
            double seen = IntStream.range(0, sentence.length()).filter(this::isAsked).mapToLong(position -> seen(position).count())
                    .average()
                    .orElse(0);
            return List.of(choice.title(), Words.whole(predictions()), Words.decimals(seen, 1), choice.likelihood().name().toLowerCase(
                    Locale.ROOT));
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Asked asked && Arrays.equals(corrupted.question().inputs(), asked.corrupted.question().inputs())
                    && Arrays
                            .equals(corrupted.question().targets(), asked.corrupted.question().targets()) && corrupted.sight().equals(
                                    asked.corrupted
                                            .sight());
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(corrupted.question().inputs());
        }
    }
}
