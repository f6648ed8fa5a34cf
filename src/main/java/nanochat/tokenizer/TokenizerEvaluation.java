package nanochat.tokenizer;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.ToLongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// How well tokenizers compress: bytes per token on several kinds of text, more being better, beside GPT-2's and GPT-4's vocabularies
/// where their rank files are present.
public final class TokenizerEvaluation {
    /// The name of GPT-2's rank file in the tokenizer folder.
    public static final String GPT2_FILE = "gpt2.tiktoken";
    /// The name of GPT-4's.
    public static final String GPT4_FILE = "cl100k_base.tiktoken";

    private static final List<String> SAMPLES = List.of("english", "dialogue", "german", "russian", "arabic", "chinese", "japanese",
            "korean", "code",
            "math", "numbers", "emoji", "names");
    private static final Pattern GPT2_PATTERN = Pattern.compile(
            "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+", Pattern.UNICODE_CHARACTER_CLASS);
    private static final Pattern GPT4_PATTERN = Pattern.compile(
            "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}++|\\p{N}{1,3}+| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*+|\\s++\\z|\\s*[\\r\\n]|\\s+(?!\\S)|\\s",
            Pattern.UNICODE_CHARACTER_CLASS);

    private TokenizerEvaluation() {
    }

    /// A text of one kind.
    public record Sample(String name, String text) {
        /// The number of bytes of the text in UTF-8.
        public long bytes() {
            return text.getBytes(StandardCharsets.UTF_8).length;
        }
    }

    /// Something that turns text into tokens, with the number of tokens a text takes.
    public record Contender(String name, int vocabularySize, ToLongFunction<String> tokens) {}

    /// The samples that come with the program.
    public static List<Sample> builtInSamples() {
        return SAMPLES.stream().map(name -> new Sample(name, resource("/nanochat/tokenizer/samples/" + name + ".txt"))).toList();
    }

    /// Our own tokenizer as a contender.
    public static Contender ours(Tokenizer tokenizer) {
        Encoder encoder = tokenizer.encoder();
        return new Contender("ours", tokenizer.vocabularySize(), text -> {
            Counter counter = new Counter();
            encoder.encode(text, counter);
            return counter.count;
        });
    }

    /// GPT-2's tokenizer, if `folder` has its rank file.
    public static Optional<Contender> gpt2(Path folder) {
        return reference("GPT-2", folder.resolve(GPT2_FILE), GPT2_PATTERN, 1);
    }

    /// GPT-4's tokenizer, if `folder` has its rank file.
    public static Optional<Contender> gpt4(Path folder) {
        return reference("GPT-4", folder.resolve(GPT4_FILE), GPT4_PATTERN, 5);
    }

    /// A tokenizer with another split pattern than ours. The special tokens that its vocabulary has beside the ranks are only counted.
    private static Optional<Contender> reference(String name, Path rankFile, Pattern pattern, int specialTokens) {
        if (!Files.exists(rankFile)) {
            return Optional.empty();
        }
        Tokenizer ranks = Tokenizer.importTiktoken(rankFile);
        Encoder encoder = ranks.encoder();
        int size = Tokenizer.BYTES + ranks.merges().size() + specialTokens;
        return Optional.of(new Contender(name, size, text -> {
            Counter counter = new Counter();
            Matcher pieces = pattern.matcher(text);
            while (pieces.find()) {
                byte[] piece = pieces.group().getBytes(StandardCharsets.UTF_8);
                encoder.encodePiece(Arrays.copyOf(piece, piece.length + PieceScanner.PADDING), 0, piece.length, counter);
            }
            return counter.count;
        }));
    }

    private static final class Counter implements TokenSink {
        private long count;

        @Override
        public void accept(int token) {
            count++;
        }
    }

    /// One line of the comparison: a text, and how many tokens each contender needs for it.
    public record Row(String sample, long bytes, List<Long> tokens) {
        public Row {
            tokens = List.copyOf(tokens);
        }

        /// Bytes per token of the contender at `index`.
        public double bytesPerToken(int index) {
            return (double) bytes / tokens.get(index);
        }
    }

    /// Whose tokens were counted.
    ///
    /// @param size of the vocabulary
    public record Vocabulary(String name, int size) {}

    /// A comparison as it is kept beside the tokenizer, for the report.
    ///
    /// @param tokenizerSha256 of the file of our tokenizer, which tells whether the result is still its own
    /// @param vocabularies in the order of the tokens in each row; ours first
    public record Result(String tokenizerSha256, List<Vocabulary> vocabularies, List<Row> rows) {
        /// The name of its file, in the folder of the tokenizer.
        public static final String FILE_NAME = "tokenizer_eval.json";

        public Result {
            vocabularies = List.copyOf(vocabularies);
            rows = List.copyOf(rows);
        }
    }

    /// Compares a tokenizer with the references that `folder` has the rank files of, on the built-in samples and on files of the user.
    ///
    /// @param tokenizerSha256 of the tokenizer's file
    public static Result evaluate(Tokenizer tokenizer, String tokenizerSha256, Path folder, List<Path> files) {
        List<Contender> contenders = Stream.of(Optional.of(ours(tokenizer)), gpt2(folder), gpt4(folder)).flatMap(Optional::stream).toList();
        List<Row> rows = new ArrayList<>(compare(contenders, builtInSamples()));
        files.forEach(file -> rows.add(compare(contenders, file)));
        return new Result(tokenizerSha256, contenders.stream().map(c -> new Vocabulary(c.name(), c.vocabularySize())).toList(), rows);
    }

    /// Compares `contenders` on `samples`.
    public static List<Row> compare(List<Contender> contenders, List<Sample> samples) {
        List<Row> rows = new ArrayList<>();
        for (Sample sample : samples) {
            rows.add(new Row(sample.name(), sample.bytes(), contenders.stream().map(c -> c.tokens().applyAsLong(sample.text())).toList()));
        }
        return rows;
    }

    /// Compares `contenders` on a text file of any size.
    public static Row compare(List<Contender> contenders, Path file) {
        long bytes = 0;
        long[] tokens = new long[contenders.size()];
        try (TextChunks chunks = new TextChunks(file, 1 << 20)) {
            while (chunks.hasNext()) {
                Sample chunk = new Sample(file.toString(), chunks.next());
                bytes += chunk.bytes();
                for (int i = 0; i < tokens.length; i++) {
                    tokens[i] += contenders.get(i).tokens().applyAsLong(chunk.text());
                }
            }
        }
        return new Row(file.getFileName().toString(), bytes, Arrays.stream(tokens).boxed().toList());
    }

    private static String resource(String path) {
        try (InputStream in = Objects.requireNonNull(TokenizerEvaluation.class.getResourceAsStream(path), path)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
