package nanochat.explain;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import nanochat.data.corpus.Corpus;
import nanochat.data.corpus.Split;
import nanochat.engine.KvCache;
import nanochat.page.Block.Cell;
import nanochat.page.Block.Cells;
import nanochat.page.Block.Ground;
import nanochat.page.Block.HeatMap;
import nanochat.page.Block.Table;
import nanochat.page.Words;
import nanochat.tokenizer.TokenView;
import nanochat.tokenizer.Tokenizer;

/// What a model learns by predicting the next token, and when: four levels of questions, compression, surprise, and what it would say after each layer.
final class NextTokenTopic implements Topic {
    private static final String PAGE = "page";
    private static final String BOTH = "both";
    private static final int LONGEST = 96;
    private static final int LENS_COLUMNS = 24;
    private static final int HELD_OUT_BYTES = 2000;
    private static final int HELD_OUT_DOCUMENTS = 12;
    /// Of them so many stand for the loss of every checkpoint.
    private static final int MEASURED_DOCUMENTS = 6;
    private static final int KNOWN_BYTES = 500_000;
    /// Bits at which a token is as dark as it gets.
    private static final double DARKEST = 12;
    private static final double ROUNDING = 1e-3;

    @Override
    public String name() {
        return "next-token";
    }

    @Override
    public List<Knob> knobs() {
        return List.of(new Knob.Text("text",
                "Once upon a time there was a little girl named Anna. The opposite of hot is cold. The capital of France is Paris", 2000),
                new Knob.Choice("questions", List.of(PAGE, BOTH, "en", "zh")), new Knob.Whole(
                        "checkpoints", 8, 0, 32));
    }

    @Override
    public void explain(Subject subject, Knobs chosen, Explanation page) {
        List<Language> languages = switch (chosen.text("questions")) {
            case PAGE -> List.of(page.language());
            case BOTH -> List.of(Language.values());
            case String one -> List.of(Language.valueOf(one.toUpperCase(Locale.ROOT)));
        };
        Corpus corpus = ModelLanguage.corpus(subject.tokenizer(), page.language());
        List<String> heldOut = corpus.documents(Split.VALIDATION).limit(HELD_OUT_DOCUMENTS).toList();
        String ownText = subject.documents().isEmpty() ? chosen.text("text") : first(subject.documents().stream());
        page.lead();
        LevelsSection levels = new LevelsSection(subject, languages, page);
        levels.now();
        levels.overTime(chosen.whole("checkpoints"), heldOut.subList(0, MEASURED_DOCUMENTS));
        new CompressionSection(subject, known(corpus), page).write(first(heldOut.stream()), ownText);
        int[] row = subject.row(ownText, LONGEST + 1);
        surprise(subject, row, page);
        lens(subject, row, page);
        better(subject, page);
        page.end(List.of("./nanochat explain next-token --text \"The capital of Japan is Rome.\"",
                "./nanochat explain next-token --data my.txt", "./nanochat pretrain --data builtin --save-every 50"),
                SourcePlace.of(Exam.class, "scored"), SourcePlace.of(ModelCompressor.class, "unpack"), SourcePlace.of(
                        ArithmeticEncoder.class, "encode"), SourcePlace.of(LogitLens.class, "of"));
    }

    /// As many whole characters as are packed, from the beginning.
    private static String first(Stream<String> documents) {
        String text = String.join("\n\n", documents.toList());
        int end = 0;
        for (int bytes = 0; end < text.length() && bytes < HELD_OUT_BYTES; end += Character.charCount(text.codePointAt(end))) {
            bytes += Character.toString(text.codePointAt(end)).getBytes(StandardCharsets.UTF_8).length;
        }
        return text.substring(0, end);
    }

    private static String known(Corpus corpus) {
        StringBuilder known = new StringBuilder();
        int bytes = 0;
        for (long i = 0; bytes < KNOWN_BYTES; i++) {
            String document = corpus.document(Split.TRAIN, i);
            known.append(document).append("\n\n");
            bytes += document.getBytes(StandardCharsets.UTF_8).length;
        }
        return known.toString();
    }

    private static void surprise(Subject subject, int[] row, Explanation page) {
        Tokenizer tokenizer = subject.tokenizer();
        Predictions predictions = Predictions.of(subject, row);
        double[] bits = IntStream.range(1, row.length).mapToDouble(i -> -predictions.logProbability(i - 1, row[i]) / Math.log(2)).toArray();
        page.section("surprise.title");
        page.say("surprise");
        page.show(new Cells(page.words("surprise.cells"), IntStream.range(1, row.length).mapToObj(i -> new Cell(TokenView.onOneLine(
                tokenizer, row[i]), Words.decimals(bits[i - 1], 1), new Ground.Share(Math.min(1, bits[i - 1] / DARKEST)))).toList()));
        List<Integer> order = IntStream.range(0, bits.length).boxed().sorted(Comparator.comparingDouble((Integer i) -> -bits[i])).toList();
        int most = order.getFirst();
        page.say("surprise.most", TokenView.onOneLine(tokenizer, row[most + 1]), Words.decimals(bits[most], 1), TokenView.onOneLine(
                tokenizer, predictions.likeliest(most)));
        double sum = Arrays.stream(bits).sum();
        double packed = engineBits(subject, row);
        page.claim("surprise_is_what_the_coder_pays", Math.abs(sum - packed) < ROUNDING * Math.max(1, sum), Words.decimals(sum, 2), Words
                .decimals(packed, 2));
        page.number("surprise_bits", sum);
    }

    /// The same sum by the engine that packs texts.
    private static double engineBits(Subject subject, int[] row) {
        double[] bits = new double[1];
        try (KvCache cache = subject.engine().gpt().newCache()) {
            subject.engine().gpt().score(cache.newSequence(), Arrays.copyOf(row, row.length - 1), (index, logits, at) -> bits[0] -= logits
                    .logProbability(at, row[index + 1]) / Math.log(2));
        }
        return bits[0];
    }

    private static void lens(Subject subject, int[] row, Explanation page) {
        Tokenizer tokenizer = subject.tokenizer();
        LogitLens lens = LogitLens.of(subject, row);
        List<String> stages = IntStream.range(0, lens.stages().size()).mapToObj(stage -> stage + 1 < lens.stages().size()
                ? page.words("lens.before", stage + 1)
                : page.words("lens.end")).toList();
        int first = Math.max(1, row.length - LENS_COLUMNS);
        List<List<Double>> shares = new ArrayList<>();
        for (Predictions stage : lens.stages()) {
            shares.add(IntStream.range(first, row.length).mapToObj(i -> Math.exp(stage.logProbability(i - 1, row[i]))).toList());
        }
        page.section("lens.title");
        page.say("lens", subject.config().layers());
        page.show(new HeatMap(page.words("lens.map"), stages, IntStream.range(first, row.length).mapToObj(i -> TokenView.onOneLine(
                tokenizer,
                row[i])).toList(), shares));
        int last = row.length - 2;
        page.show(new Table(page.words("lens.table", TokenView.onOneLine(tokenizer.decode(Arrays.copyOfRange(row, Math.max(1, row.length
                - 9), row.length - 1))), TokenView.onOneLine(tokenizer, row[row.length - 1])),
                List.of(page.words("lens.where"), page.words("lens.first"), page.words("lens.probability"), page.words("lens.target")),
                IntStream.range(0, stages.size()).mapToObj(stage -> {
                    Predictions said = lens.stages().get(stage);
                    int likeliest = said.likeliest(last);
                    return List.of(stages.get(stage), TokenView.onOneLine(tokenizer, likeliest), Words.percent(Math.exp(said.logProbability(
                            last, likeliest))), Words.percent(Math.exp(said.logProbability(last, row[last + 1]))));
                }).toList()));
        page.claim("lens_ends_with_the_model", Arrays.deepEquals(lens.stages().getLast().logits(), lens.model().logits()), row.length
                * lens.model().logits()[0].length);
        page.say("lens.meaning");
    }

    /// How much a pass over a row teaches, by what is asked.
    private static void better(Subject subject, Explanation page) {
        int length = subject.config().sequenceLength();
        page.section("better.title");
        page.say("better");
        page.show(new Table(page.words("better.table", length), List.of(page.words("better.task"), page.words("better.targets")),
                List.of(List.of(page.words("better.next"), Words.whole(length)),
                        List.of(page.words("better.masked"), Words.whole(Math.round(0.15 * length))),
                        List.of(page.words("better.label"), "1"))));
        page.say("better.rest");
    }
}
