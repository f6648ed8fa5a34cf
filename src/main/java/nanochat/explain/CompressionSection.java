package nanochat.explain;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import nanochat.model.GptParameters;
import nanochat.page.Block.Table;
import nanochat.page.Words;

/// The model as a compressor, beside those that everybody has.
final class CompressionSection {
    private static final double MEGABYTE = 1e6;
    private static final double BITS_OVER = 64;
    private static final Recent<Text, Column> HELD_OUT = new Recent<>(4);

    private record Text(ModelIdentity model, String text) {}

    private final Subject subject;
    private final Explanation page;
    private final byte[] known;

    /// @param known text of the kind that the model was trained on
    CompressionSection(Subject subject, String known, Explanation page) {
        this.subject = subject;
        this.page = page;
        this.known = known.getBytes(StandardCharsets.UTF_8);
    }

    /// How one text comes out.
    private record Column(int bytes, List<Integer> others, ModelCompressor.Packed model, boolean whole) {
        double bitsPerByte(int packed) {
            return 8.0 * packed / bytes;
        }
    }

    void write(String heldOut, String own) {
        Column corpusText = subject.identity().map(model -> HELD_OUT.of(new Text(model, heldOut), () -> column(heldOut))).orElseGet(
                () -> column(heldOut));
        Column ownText = column(own);
        page.section("compression.title");
        page.say("compression");
        List<List<String>> rows = new ArrayList<>();
        rows.add(row(page.words("compression.text"), corpusText, corpusText.bytes, ownText, ownText.bytes));
        for (OtherCompressors other : OtherCompressors.values()) {
            rows.add(row(name(other), corpusText, corpusText.others.get(other.ordinal()), ownText, ownText.others.get(other.ordinal())));
        }
        rows.add(row(page.words("compression.model"), corpusText, corpusText.model.bytes().length, ownText, ownText.model.bytes().length));
        page.show(new Table(page.words("compression.table"), List.of(page.words("compression.by"), page.words("compression.held_out"),
                page.words("compression.bits"), page.words("compression.own"), page.words("compression.bits")), rows));
        double bits = corpusText.bitsPerByte(corpusText.model.bytes().length);
        page.figure("bits_per_byte", bits, Words.decimals(bits, 2));
        double zstd = corpusText.bitsPerByte(corpusText.others.get(OtherCompressors.ZSTD.ordinal()));
        page.figure("zstd_bits_per_byte", zstd, Words.decimals(zstd, 2));
        for (OtherCompressors other : OtherCompressors.values()) {
            page.number(other.name().toLowerCase(Locale.ROOT) + "_bytes", corpusText.others.get(other.ordinal()));
        }
        page.number("text_bytes", corpusText.bytes);
        page.number("model_bytes", corpusText.model.bytes().length);
        page.claim("decoded_text_equals_text", corpusText.whole && ownText.whole, corpusText.model.tokens() + ownText.model.tokens());
        page.claim("coder_wastes_little", wastesLittle(corpusText.model) && wastesLittle(ownText.model), Words.decimals(corpusText.model
                .surprise(),
                1), 8 * corpusText.model.bytes().length);
        page.say("compression.how");
        fairness(zstd - bits);
    }

    private List<String> row(String name, Column first, int packed, Column second, int alsoPacked) {
        return List.of(name, Words.whole(packed), Words.decimals(first.bitsPerByte(packed), 2), Words.whole(alsoPacked), Words.decimals(
                second.bitsPerByte(alsoPacked), 2));
    }

    private String name(OtherCompressors other) {
        return switch (other) {
            case GZIP, XZ, ZSTD -> other.command();
            case ZSTD_THAT_HAS_READ -> page.words("compression.read", other.command(), Words.decimals(known.length / MEGABYTE, 1));
        };
    }

    private Column column(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        ModelCompressor compressor = new ModelCompressor(subject.engine().gpt(), subject.tokenizer());
        ModelCompressor.Packed packed = compressor.pack(text);
        List<Integer> others = new ArrayList<>();
        for (OtherCompressors other : OtherCompressors.values()) {
            others.add(other.size(bytes, known));
        }
        return new Column(bytes.length, others, packed, compressor.unpack(packed.bytes()).equals(text));
    }

    /// A hundredth of a bit a token for the rounding of frequencies, and some for the last byte.
    private static boolean wastesLittle(ModelCompressor.Packed packed) {
        return 8.0 * packed.bytes().length <= packed.surprise() + 0.01 * packed.tokens() + BITS_OVER;
    }

    /// What the model itself weighs, which nobody else has to send along.
    private void fairness(double savedBitsPerByte) {
        long weights = weights(subject.parameters());
        page.number("weight_bytes", weights);
        if (savedBitsPerByte > 0) {
            page.say("compression.price", Words.decimals(weights / MEGABYTE, 1), Words.decimals(8 * weights / savedBitsPerByte / MEGABYTE,
                    0));
        } else {
            page.say("compression.no_gain", Words.decimals(weights / MEGABYTE, 1));
        }
    }

    private static long weights(GptParameters parameters) {
        return parameters.all().stream().mapToLong(parameter -> parameter.value().bytes()).sum();
    }
}
