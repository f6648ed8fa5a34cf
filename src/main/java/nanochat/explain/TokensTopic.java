package nanochat.explain;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import nanochat.page.Block.Cell;
import nanochat.page.Block.Cells;
import nanochat.page.Block.Ground;
import nanochat.page.Block.Table;
import nanochat.page.Words;
import nanochat.tokenizer.Encoder;
import nanochat.tokenizer.SplitPattern;
import nanochat.tokenizer.TokenView;
import nanochat.tokenizer.Tokenizer;

/// How text becomes numbers: pieces, merges, ids; and why bits per byte compares two vocabularies where the loss does not.
final class TokensTopic implements Topic {
    private static final int LONGEST_TEXT = 2000;
    /// Of a piece whose merges are shown: each step is a line.
    private static final int LONGEST_WORD = 40;
    /// Of a text that the model reads.
    private static final int LONGEST_ROW = 512;
    private static final Pattern PIECES = Pattern.compile(SplitPattern.REGEX, Pattern.UNICODE_CHARACTER_CLASS);

    @Override
    public String name() {
        return "tokens";
    }

    @Override
    public List<Knob> knobs() {
        return List.of(new Knob.Text("text", "The capital of France is Paris, and elephants don't forget 1234 things.", LONGEST_TEXT));
    }

    @Override
    public void explain(Subject subject, Knobs chosen, Explanation page) {
        Tokenizer tokenizer = subject.tokenizer();
        String text = chosen.text("text");
        int[] ids = tokenizer.encode(text);
        int bytes = tokenizer.decode(ids).getBytes(StandardCharsets.UTF_8).length;
        page.lead();
        page.figure("tokens", ids.length, Words.whole(ids.length));
        page.figure("bytes", bytes, Words.whole(bytes));
        page.figure("bytes_per_token", (double) bytes / ids.length, Words.decimals((double) bytes / ids.length, 2));
        page.figure("vocabulary", tokenizer.vocabularySize(), Words.whole(tokenizer.vocabularySize()));

        List<String> pieces = PIECES.matcher(text).results().map(MatchResult::group).toList();
        page.section("pieces.title");
        page.say("pieces", pieces.size());
        page.show(new Cells(page.words("pieces.cells"), IntStream.range(0, pieces.size())
                .mapToObj(i -> new Cell(TokenView.onOneLine(pieces.get(i)), "", new Ground.Group(i))).toList()));
        page.claim("pieces_are_all", Arrays.equals(pieces.stream().flatMapToInt(piece -> Arrays.stream(tokenizer.encode(piece))).toArray(),
                ids));

        String longest = pieces.stream().max((a, b) -> Integer.compare(a.length(), b.length())).orElse(text);
        String word = longest.codePointCount(0, longest.length()) <= LONGEST_WORD
                ? longest
                : longest.substring(0, longest.offsetByCodePoints(0, LONGEST_WORD));
        List<MergeStep> steps = MergeStep.of(tokenizer, word);
        page.section("merges.title");
        page.say("merges", TokenView.onOneLine(word), steps.size() - 1);
        page.show(new Table(page.words("merges.table", TokenView.onOneLine(word)),
                List.of(page.words("merges.step"), page.words("merges.number"), page.words("merges.made"), page.words("merges.parts")),
                IntStream.range(0, steps.size()).mapToObj(i -> steps.get(i).row(tokenizer, i)).toList()));
        page.claim("merged_like_encoder", Arrays.equals(steps.getLast().parts(), tokenizer.encode(word)));

        page.section("ids.title");
        page.say("ids");
        page.show(new Cells(page.words("ids.cells"), IntStream.range(0, ids.length)
                .mapToObj(i -> new Cell(TokenView.onOneLine(tokenizer, ids[i]), Integer.toString(ids[i]), new Ground.Group(i))).toList()));
        page.claim("decoded_is_text", tokenizer.decode(ids).equals(text));

        compareVocabularies(subject, text, bytes, page);
        page.end(List.of("./nanochat explain tokens --text \"antidisestablishmentarianism\"", "./nanochat tokenizer encode --view \""
                + "Hello, world" + "\""),
                SourcePlace.of(SplitPattern.class, "pieceEnd"), SourcePlace.of(Encoder.class, "encodePiece"));
    }

    /// The merges are learned one after the other, so the first half of them is the vocabulary that a smaller tokenizer would have learned.
    private static void compareVocabularies(Subject subject, String text, int bytes, Explanation page) {
        Tokenizer whole = subject.tokenizer();
        Tokenizer half = Tokenizer.ofMerges(whole.merges().subList(0, whole.merges().size() / 4));
        page.section("compare.title");
        page.say("compare");
        List<List<String>> rows = new ArrayList<>();
        for (Tokenizer tokenizer : List.of(half, whole)) {
            int tokens = tokenizer.encode(text).length;
            double guess = Math.log(tokenizer.vocabularySize());
            rows.add(List.of(page.words("compare.row", Words.whole(tokenizer.vocabularySize())), Words.whole(tokens),
                    Words.decimals((double) bytes / tokens, 2), Words.decimals(guess, 3), Words.decimals(guess * tokens / Math.log(2)
                            / bytes, 3)));
        }
        page.show(new Table(page.words("compare.table"), List.of(page.words("compare.vocabulary"), page.words("figure.tokens"),
                page.words("figure.bytes_per_token"), page.words("compare.loss"), page.words("compare.bits")), rows));
        page.claim("more_tokens_with_fewer_merges", half.encode(text).length >= whole.encode(text).length);

        int[] all = whole.encode(text);
        int[] ids = Arrays.copyOf(all, Math.min(all.length, LONGEST_ROW));
        int read = Arrays.stream(ids).map(id -> whole.bytes(id).length).sum();
        Predictions predictions = Predictions.of(subject, subject.row(text, ids.length));
        double nats = 0;
        for (int i = 0; i < ids.length; i++) {
            nats -= predictions.logProbability(i, ids[i]);
        }
        double bits = nats / Math.log(2) / read;
        page.say("compare.model", Words.decimals(nats, 2), ids.length, Words.decimals(nats / ids.length, 3), read, Words.decimals(bits,
                3));
        page.number("loss", nats / ids.length);
        page.number("bits_per_byte", bits);
    }
}
