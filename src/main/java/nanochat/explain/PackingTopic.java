package nanochat.explain;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import nanochat.conversation.Rendering;
import nanochat.data.Batch;
import nanochat.data.PackedRows;
import nanochat.data.Packing;
import nanochat.data.corpus.BuiltInConversations;
import nanochat.data.corpus.BuiltInCorpus;
import nanochat.data.corpus.Split;
import nanochat.page.Block.Ground;
import nanochat.page.Block.Lane;
import nanochat.page.Block.Lanes;
import nanochat.page.Block.Stretch;
import nanochat.page.Block.Table;
import nanochat.page.Words;
import nanochat.task.BuiltInTalk;
import nanochat.task.ConversationPacker;
import nanochat.tokenizer.SpecialToken;
import nanochat.tokenizer.Tokenizer;

/// What max_seq_len does: documents become rows, and what a row cannot see.
final class PackingTopic implements Topic {
    private static final int MOST_ROWS = 12;
    private static final int CORPUS_DOCUMENTS = 2;
    private static final int CONVERSATION_ROWS = 3;

    @Override
    public String name() {
        return "packing";
    }

    @Override
    public List<Knob> knobs() {
        return List.of(new Knob.Whole("length", 1024, 32, 8192), new Knob.Whole("a", 500, 2, 20_000), new Knob.Whole("b", 1000, 2, 20_000),
                new Knob.Whole("c", 3000, 2, 20_000));
    }

    @Override
    public void explain(Subject subject, Knobs chosen, Explanation page) {
        int length = chosen.whole("length");
        boolean own = !subject.documents().isEmpty();
        List<Integer> lengths = own
                ? subject.documents().stream().map(text -> subject.tokenizer().encode(text).length + 1).toList()
                : List.of(chosen.whole("a"), chosen.whole("b"), chosen.whole("c"));
        int all = lengths.stream().mapToInt(Integer::intValue).sum();
        page.lead();
        page.figure("length", length, Words.whole(length));
        page.figure("documents", lengths.size(), Words.whole(lengths.size()));
        page.figure("tokens", all, Words.whole(all));

        for (Packing packing : List.of(Packing.BESTFIT, Packing.STREAM)) {
            pack(packing, lengths, length, all, page);
        }
        conversations(subject, page);
        neighbours(subject, page);
        longPrompt(subject, page);
        page.end(List.of("./nanochat explain packing --set length=256", "./nanochat explain packing --data my.txt",
                "./nanochat data inspect"),
                SourcePlace.of(PackedRows.codeOf(Packing.BESTFIT), "take"), SourcePlace.of(PackedRows.codeOf(Packing.STREAM), "fill"));
    }

    private static void pack(Packing packing, List<Integer> lengths, int length, int all, Explanation page) {
        String key = packing == Packing.BESTFIT ? "bestfit" : "stream";
        PackedRows packed = PackedRows.of(packing, lengths, length + 1);
        page.section(key + ".title");
        page.say(key, length + 1, length);
        List<Lane> lanes = new ArrayList<>();
        for (int row = 0; row < Math.min(MOST_ROWS, packed.rows().size()); row++) {
            List<Stretch> stretches = new ArrayList<>();
            int at = 0;
            for (PackedRows.Part part : packed.rows().get(row)) {
                stretches.add(new Stretch(at, at + part.length(), name(part.document()) + " " + part.from() + "–" + (part.to() - 1),
                        new Ground.Group(part.document())));
                at += part.length();
            }
            if (at < length + 1) {
                stretches.add(new Stretch(at, length + 1.0, page.words("unused"), new Ground.Gone()));
            }
            lanes.add(new Lane(page.words("row", row + 1), stretches));
        }
        page.show(new Lanes(page.words(key + ".lanes"), length + 1.0, page.words("tokens"), lanes));
        if (packed.rows().size() > MOST_ROWS) {
            page.say("more", packed.rows().size() - MOST_ROWS);
        }
        long inRows = packed.rows().stream().flatMap(List::stream).mapToLong(PackedRows.Part::length).sum();
        long cropped = packed.croppedTokens();
        page.say(key + ".count", packed.rows().size(), Words.whole(cropped), Words.percent((double) cropped / all));
        page.number(key + "_rows", packed.rows().size());
        page.number(key + "_cropped", cropped);
        long overlaps = packing == Packing.STREAM ? Math.max(0, packed.rows().size() - 1) : 0;
        page.claim(key + "_accounts_for_all", inRows - overlaps + cropped == all || packing == Packing.STREAM && inRows - overlaps
                + 1 == all,
                Words.whole(all));
    }

    /// A, B, C, ..., Z, A1, ...
    private static String name(int document) {
        String letter = String.valueOf((char) ('A' + document % 26));
        return document < 26 ? letter : letter + document / 26;
    }

    /// Rows of fine-tuning: whole conversations, and padding where none fits.
    private static void conversations(Subject subject, Explanation page) {
        Tokenizer tokenizer = subject.tokenizer();
        int length = subject.config().sequenceLength();
        Batch batch = ConversationPacker.once(new BuiltInTalk(new BuiltInConversations(7), Split.VALIDATION, 200), new Rendering(tokenizer),
                CONVERSATION_ROWS, length)
                .next()
                .orElseThrow();
        int bos = tokenizer.id(SpecialToken.BOS);
        List<Lane> lanes = new ArrayList<>();
        int number = 0;
        for (int row = 0; row < CONVERSATION_ROWS; row++) {
            int[] inputs = Arrays.copyOfRange(batch.inputs(), row * length, (row + 1) * length);
            int used = length;
            while (used > 1 && inputs[used - 1] == bos && inputs[used - 2] == bos) {
                used--;
            }
            used = inputs[used - 1] == bos && used < length ? used - 1 : used;
            List<Stretch> stretches = new ArrayList<>();
            for (int at = 0; at < used;) {
                int end = at + 1;
                while (end < used && inputs[end] != bos) {
                    end++;
                }
                stretches.add(new Stretch(at, end, Integer.toString(++number), new Ground.Group(number)));
                at = end;
            }
            if (used < length) {
                stretches.add(new Stretch(used, length, page.words("padding"), new Ground.Gone()));
            }
            lanes.add(new Lane(page.words("row", row + 1), stretches));
        }
        page.section("sft.title");
        page.say("sft", length);
        page.show(new Lanes(page.words("sft.lanes"), length, page.words("tokens"), lanes));
        page.say("sft.count", batch.validTargets(), batch.inputs().length);
    }

    /// Two documents in a row: the second sees the first, and its predictions move when that changes; another row's do not.
    private static void neighbours(Subject subject, Explanation page) {
        int half = Math.min(48, subject.config().sequenceLength() / 2);
        BuiltInCorpus corpus = new BuiltInCorpus(7);
        int[][] parts = new int[CORPUS_DOCUMENTS + 1][];
        for (int i = 0; i < parts.length; i++) {
            String text = i < subject.documents().size() ? subject.documents().get(i) : corpus.document(Split.VALIDATION, i);
            parts[i] = subject.row(text, half);
        }
        int[] b = parts[1];
        Predictions afterA = Predictions.of(subject, joined(parts[0], b));
        Predictions afterOther = Predictions.of(subject, joined(parts[2], b));
        int shared = Arrays.stream(parts).mapToInt(part -> part.length).min().orElse(0);
        float[][] besideA = Predictions.inBatch(subject, Arrays.copyOf(b, shared), parts[0]).logits();
        float[][] besideOther = Predictions.inBatch(subject, Arrays.copyOf(b, shared), parts[2]).logits();
        double mean = 0;
        double most = 0;
        for (int i = 0; i + 1 < b.length; i++) {
            double moved = Math.abs(afterA.logProbability(parts[0].length + i, b[i + 1])
                    - afterOther.logProbability(parts[2].length + i, b[i + 1]));
            mean += moved / (b.length - 1);
            most = Math.max(most, moved);
        }
        page.section("neighbours.title");
        page.say("neighbours", parts[0].length, b.length);
        page.show(new Table(page.words("neighbours.table"), List.of(page.words("neighbours.what"), page.words("neighbours.mean"),
                page.words("neighbours.most")), List.of(List.of(page.words("neighbours.same"), Words.decimals(mean, 3), Words.decimals(most,
                        3)),
                        List.of(page.words("neighbours.other"), "0", "0"))));
        page.claim("a_neighbour_moves_predictions", most > 0);
        page.claim("another_row_moves_nothing", Arrays.deepEquals(besideA, besideOther));
        page.number("moved_mean", mean);
        page.number("moved_most", most);
    }

    private static int[] joined(int[] first, int[] second) {
        return IntStream.concat(Arrays.stream(first), Arrays.stream(second)).toArray();
    }

    /// A prompt that is longer than the context.
    private static void longPrompt(Subject subject, Explanation page) {
        int length = subject.config().sequenceLength();
        int asked = length * 3 / 2;
        int keeps = subject.engine().longestPrompt(length);
        page.section("prompt.title");
        page.say("prompt", length, keeps);
        page.show(new Lanes(page.words("prompt.lanes", asked), asked, page.words("tokens"), List.of(new Lane(page.words("prompt.lane"), List
                .of(
                        new Stretch(0, asked - keeps, page.words("prompt.forgotten"), new Ground.Gone()),
                        new Stretch(asked - keeps, asked, page.words("prompt.seen"), new Ground.Group(0)))))));
    }
}
