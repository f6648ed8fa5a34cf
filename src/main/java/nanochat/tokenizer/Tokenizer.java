package nanochat.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import nanochat.io.BadInputException;
import org.jspecify.annotations.Nullable;

/// Text to tokens and back: byte-level byte-pair encoding.
///
/// Ids 0 to 255 are the bytes, merge i makes id 256 + i, and the nine [SpecialToken]s follow the merges. Text is cut into pieces by
/// [SplitPattern]; the UTF-8 bytes of each piece are merged in the order in which the merges were learned.
///
/// Immutable and safe for any number of threads.
public final class Tokenizer {
    /// The number of tokens that are single bytes.
    public static final int BYTES = 256;
    /// The name of a saved tokenizer in the folder `tokenizer` of the base directory.
    public static final String FILE_NAME = "tokenizer.json";

    static final int LARGEST_VOCABULARY = 1 << PairTable.ID_BITS;

    private static final int LONGEST_TOKEN = 1 << 16;

    private final List<Merge> merges;
    /// The bytes of every token, special ones (the text that shows them) included.
    private final byte[][] bytes;
    private final PairTable pairs;
    private final TokenTable table;
    /// An encoder that nobody uses at the moment, so that `encode` need not make one each time.
    private final AtomicReference<@Nullable Encoder> spareEncoder = new AtomicReference<>();

    private Tokenizer(List<Merge> merges) {
        this.merges = List.copyOf(merges);
        this.bytes = tokenBytes(this.merges);
        this.pairs = new PairTable(this.merges);
        this.table = new TokenTable(reachable());
    }

    /// With tables that were made before.
    Tokenizer(List<Merge> merges, byte[][] bytes, PairTable pairs, TokenTable table) {
        this.merges = merges;
        this.bytes = bytes;
        this.pairs = pairs;
        this.table = table;
    }

    PairTable pairs() {
        return pairs;
    }

    TokenTable table() {
        return table;
    }

    /// The tokenizer that applies `merges`, earlier ones first.
    ///
    /// @throws BadInputException when a merge uses a token that does not exist yet, or makes bytes that an earlier token has already
    public static Tokenizer ofMerges(List<Merge> merges) {
        return new Tokenizer(merges);
    }

    /// Reads the file that [#save(Path)] wrote.
    ///
    /// @throws BadInputException when the file is missing, or something in it is not as it was written; the message says what and where
    public static Tokenizer load(Path file) {
        return TokenizerFile.read(file);
    }

    /// Writes one JSON file for people and programs: split pattern, special tokens, and one line per merge.
    public void save(Path file) {
        TokenizerFile.write(file, this);
    }

    /// Reads a file in tiktoken's rank format; see [TiktokenFile].
    public static Tokenizer importTiktoken(Path file) {
        return TiktokenFile.read(file);
    }

    /// Reads a tokenizer that others wrote: Hugging Face's `tokenizer.json`, tiktoken's ranks, or our own file; the content tells which.
    ///
    /// @throws BadInputException when the file is missing, is none of these, or describes a tokenizer that works differently
    public static ImportedTokenizer importAny(Path file) {
        return ImportedTokenizer.read(file);
    }

    /// Writes what Hugging Face's `tokenizers` reads, special tokens included; the ids are the same.
    public void exportHuggingFace(Path file) {
        HuggingFaceFile.write(file, this);
    }

    /// Writes the tokens, without the special ones, in tiktoken's rank format.
    public void exportTiktoken(Path file) {
        TiktokenFile.write(file, this);
    }

    /// The number of ids, special tokens included: every id is below it.
    public int vocabularySize() {
        return bytes.length;
    }

    public List<Merge> merges() {
        return merges;
    }

    /// The id of a special token.
    @SuppressWarnings("EnumOrdinal") // the order of the constants is the order of the ids
    public int id(SpecialToken token) {
        return BYTES + merges.size() + token.ordinal();
    }

    public boolean isSpecial(int id) {
        return checked(id) >= BYTES + merges.size();
    }

    /// Encodes ordinary text; see [Encoder#encode(CharSequence, TokenSink)].
    public int[] encode(CharSequence text) {
        @Nullable
        Encoder spare = spareEncoder.getAndSet(null);
        Encoder encoder = spare == null ? encoder() : spare;
        TokenList tokens = new TokenList(text.length() / 3);
        encoder.encode(text, tokens);
        spareEncoder.set(encoder);
        return tokens.toArray();
    }

    /// A new encoder of this vocabulary, for one thread.
    public Encoder encoder() {
        return new Encoder(table, pairs);
    }

    /// The text of `ids`: their bytes as UTF-8, U+FFFD for what is not valid; special tokens appear as [SpecialToken#text()].
    ///
    /// @throws IllegalArgumentException when an id is not in the vocabulary
    public String decode(int... ids) {
        ByteArrayOutputStream all = new ByteArrayOutputStream(4 * ids.length);
        for (int id : ids) {
            all.writeBytes(bytes[checked(id)]);
        }
        return all.toString(StandardCharsets.UTF_8);
    }

    /// A decoder for tokens that come one by one.
    public StreamingDecoder streamingDecoder() {
        return new StreamingDecoder(this);
    }

    /// The bytes of a token; of a special one, those of the text that shows it.
    public byte[] bytes(int id) {
        return bytes[checked(id)].clone();
    }

    /// Per id the number of raw bytes it stands for, 0 for special tokens: what bits per byte divides by.
    public int[] tokenBytes() {
        int[] lengths = new int[vocabularySize()];
        for (int id = 0; id < BYTES + merges.size(); id++) {
            lengths[id] = bytes[id].length;
        }
        return lengths;
    }

    private int checked(int id) {
        if (id < 0 || id >= bytes.length) {
            throw new IllegalArgumentException("token " + id + " is not in the vocabulary of " + bytes.length);
        }
        return id;
    }

    private static byte[][] tokenBytes(List<Merge> merges) {
        int ordinary = BYTES + merges.size();
        SpecialToken[] special = SpecialToken.values();
        if (ordinary + special.length > LARGEST_VOCABULARY) {
            throw new BadInputException("A vocabulary of " + (ordinary + special.length) + " tokens is too large; at most "
                    + LARGEST_VOCABULARY + " are supported");
        }
        byte[][] bytes = new byte[ordinary + special.length][];
        for (int b = 0; b < BYTES; b++) {
            bytes[b] = new byte[]{(byte) b};
        }
        Map<String, Integer> ids = HashMap.newHashMap(merges.size());
        for (int id = BYTES; id < ordinary; id++) {
            Merge merge = merges.get(id - BYTES);
            if (merge.left() < 0 || merge.right() < 0 || merge.left() >= id || merge.right() >= id) {
                throw new BadInputException("Merge " + (id - BYTES) + " joins the tokens " + merge.left() + " and " + merge.right()
                        + ", but makes token " + id + ": it can only join tokens before that one");
            }
            bytes[id] = joined(bytes[merge.left()], bytes[merge.right()], id);
            Integer same = ids.put(new String(bytes[id], StandardCharsets.ISO_8859_1), id);
            if (same != null) {
                throw new BadInputException("Merge " + (id - BYTES) + " makes the same bytes as merge " + (same - BYTES));
            }
        }
        for (int i = 0; i < special.length; i++) {
            bytes[ordinary + i] = special[i].text().getBytes(StandardCharsets.UTF_8);
        }
        return bytes;
    }

    private static byte[] joined(byte[] left, byte[] right, int id) {
        if (left.length + right.length > LONGEST_TOKEN) {
            throw new BadInputException("Token " + id + " would have more than " + LONGEST_TOKEN + " bytes");
        }
        byte[] both = Arrays.copyOf(left, left.length + right.length);
        System.arraycopy(right, 0, both, left.length, right.length);
        return both;
    }

    /// The bytes of every token that its own bytes merge into, nothing for the others: where such bytes are a whole piece, the merges
    /// need not be looked at. (Training only makes tokens of this kind; a file may hold others.)
    private byte[][] reachable() {
        PieceMerger merger = new PieceMerger(pairs);
        byte[][] wholes = new byte[BYTES + merges.size()][];
        for (int id = 0; id < wholes.length; id++) {
            boolean whole = merger.merge(bytes[id], 0, bytes[id].length) == 1 && merger.token(0) == id;
            wholes[id] = whole ? bytes[id] : new byte[0];
        }
        return wholes;
    }
}
