package nanochat.tokenizer;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import tools.jackson.databind.JsonNode;

/// `tokenizer.json` of Hugging Face's `tokenizers`: a byte-pair encoding whose tokens are written in an alphabet of one printable character a
/// byte (that of GPT-2), a pre-tokenizer that splits text by [SplitPattern#REGEX], and the special tokens.
///
/// Writing keeps every id. Reading takes the merges in their order; a file in which the single bytes have other ids than here gives other ids
/// for those, and [ImportedTokenizer] counts them.
final class HuggingFaceFile {
    private static final String[] LETTERS = letters();

    private HuggingFaceFile() {
    }

    private record Added(int id, String content, boolean singleWord, boolean lstrip, boolean rstrip, boolean normalized, boolean special) {}

    /// The character that stands for each byte: itself where it can be seen, else one from U+0100 on.
    private static String[] letters() {
        String[] letters = new String[Tokenizer.BYTES];
        int hidden = 0;
        for (int b = 0; b < letters.length; b++) {
            boolean visible = b >= '!' && b <= '~' || b >= 0xA1 && b <= 0xAC || b >= 0xAE;
            letters[b] = String.valueOf((char) (visible ? b : Tokenizer.BYTES + hidden++));
        }
        return letters;
    }

    private static String written(byte[] token) {
        StringBuilder text = new StringBuilder(token.length);
        for (byte b : token) {
            text.append(LETTERS[b & 0xFF]);
        }
        return text.toString();
    }

    static void write(Path file, Tokenizer tokenizer) {
        Map<String, Integer> vocabulary = new LinkedHashMap<>();
        int ordinary = Tokenizer.BYTES + tokenizer.merges().size();
        for (int id = 0; id < ordinary; id++) {
            vocabulary.put(written(tokenizer.bytes(id)), id);
        }
        List<List<String>> merges = tokenizer.merges().stream()
                .map(merge -> List.of(written(tokenizer.bytes(merge.left())), written(tokenizer.bytes(merge.right())))).toList();
        List<Added> special = Arrays.stream(SpecialToken.values())
                .map(token -> new Added(tokenizer.id(token), token.text(), false, false, false, false, true)).toList();

        Map<String, Object> split = new LinkedHashMap<>();
        split.put("type", "Split");
        split.put("pattern", Map.of("Regex", SplitPattern.REGEX));
        split.put("behavior", "Isolated");
        split.put("invert", false);
        Map<String, Object> letters = new LinkedHashMap<>();
        letters.put("type", "ByteLevel");
        letters.put("add_prefix_space", false);
        letters.put("trim_offsets", true);
        letters.put("use_regex", false);
        Map<String, Object> preTokenizer = new LinkedHashMap<>();
        preTokenizer.put("type", "Sequence");
        preTokenizer.put("pretokenizers", List.of(split, letters));
        Map<String, Object> model = new LinkedHashMap<>();
        model.put("type", "BPE");
        for (String unused : List.of("dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix")) {
            model.put(unused, null);
        }
        model.put("fuse_unk", false);
        model.put("byte_fallback", false);
        model.put("ignore_merges", false);
        model.put("vocab", vocabulary);
        model.put("merges", merges);
        Map<String, Object> root = new LinkedHashMap<>();
        root.put("version", "1.0");
        root.put("truncation", null);
        root.put("padding", null);
        root.put("added_tokens", special);
        root.put("normalizer", null);
        root.put("pre_tokenizer", preTokenizer);
        root.put("post_processor", null);
        root.put("decoder", letters);
        root.put("model", model);
        Json.write(file, root);
    }

    static ImportedTokenizer read(Path file) {
        JsonNode root = Json.read(file, JsonNode.class);
        JsonNode model = root.path("model");
        check(file, model.path("type").asString("").equals("BPE"), "its model is not of the type BPE");
        check(file, !model.path("byte_fallback").asBoolean(false), "its tokens are characters and not bytes (byte_fallback)");
        check(file, isAbsent(root.path("normalizer")), "it changes the text first (normalizer)");
        check(file, model.path("continuing_subword_prefix").asString("").isEmpty() && model.path("end_of_word_suffix").asString("")
                .isEmpty(), "it marks parts of words");
        checkSplit(file, root.path("pre_tokenizer"));

        Map<String, Integer> ids = new HashMap<>();
        for (int b = 0; b < Tokenizer.BYTES; b++) {
            ids.put(LETTERS[b], b);
        }
        List<Merge> merges = new ArrayList<>();
        for (JsonNode merge : model.path("merges")) {
            String[] parts = merge.isArray()
                    ? new String[]{merge.path(0).asString(""), merge.path(1).asString("")}
                    : merge.asString("").split(" ", 2);
            Integer left = ids.get(parts[0]);
            Integer right = parts.length == 2 ? ids.get(parts[1]) : null;
            if (left == null || right == null) {
                throw cannot(file, "merge " + merges.size() + " (" + String.join(" ", parts)
                        + ") is of tokens that no merge before it makes");
            }
            ids.putIfAbsent(parts[0] + parts[1], Tokenizer.BYTES + merges.size());
            merges.add(new Merge(left, right));
        }
        Tokenizer tokenizer = Tokenizer.ofMerges(merges);
        int otherIds = 0;
        for (Map.Entry<String, Integer> token : ids.entrySet()) {
            if (model.path("vocab").path(token.getKey()).asInt(-1) != token.getValue()) {
                otherIds++;
            }
        }
        return new ImportedTokenizer(tokenizer, otherIds);
    }

    private static void checkSplit(Path file, JsonNode preTokenizer) {
        boolean letters = false;
        boolean ownSplit = false;
        JsonNode sequence = preTokenizer.path("pretokenizers");
        for (JsonNode step : sequence.isArray() ? sequence : Json.LINE.createArrayNode().add(preTokenizer)) {
            switch (step.path("type").asString("")) {
                case "ByteLevel" -> {
                    letters = true;
                    check(file, !step.path("add_prefix_space").asBoolean(false), "it puts a space before the text (add_prefix_space)");
                    check(file, !step.path("use_regex").asBoolean(true), "it splits text by the pattern of GPT-2 (use_regex)");
                }
                case "Split" -> {
                    String pattern = step.path("pattern").path("Regex").asString("");
                    check(file, pattern.equals(SplitPattern.REGEX), "it splits text by another pattern: " + pattern + " instead of "
                            + SplitPattern.REGEX);
                    ownSplit = true;
                }
                default -> throw cannot(file, "it splits text by a step of the type '" + step.path("type").asString("") + "'");
            }
        }
        check(file, letters && ownSplit, "it does not split text by a pattern and then into bytes (Split, ByteLevel)");
    }

    private static boolean isAbsent(JsonNode node) {
        return node.isMissingNode() || node.isNull();
    }

    private static void check(Path file, boolean right, String otherwise) {
        if (!right) {
            throw cannot(file, otherwise);
        }
    }

    private static BadInputException cannot(Path file, String why) {
        return new BadInputException(file + " would encode text differently here: " + why
                + ". Only byte-level BPE tokenizers that split text as"
                + " nanochat does can be imported.");
    }
}
