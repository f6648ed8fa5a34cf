package nanochat.explain;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import nanochat.tokenizer.Merge;
import nanochat.tokenizer.TokenView;
import nanochat.tokenizer.Tokenizer;

/// A word on its way from bytes to tokens, the slow way that can be watched: each step makes the merge that was learned first, at its first place.
///
/// @param merge the number of the merge that led here, -1 at the beginning
/// @param parts the tokens
record MergeStep(int merge, int[] parts) {
    static List<MergeStep> of(Tokenizer tokenizer, String word) {
        Map<Merge, Integer> numbers = new HashMap<>();
        tokenizer.merges().forEach(merge -> numbers.put(merge, numbers.size()));
        byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
        int[] parts = new int[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            parts[i] = bytes[i] & 0xFF;
        }
        List<MergeStep> steps = new ArrayList<>(List.of(new MergeStep(-1, parts)));
        for (int at = firstOfBest(parts, numbers); at >= 0; at = firstOfBest(parts, numbers)) {
            int merge = numbers.getOrDefault(new Merge(parts[at], parts[at + 1]), -1);
            int[] merged = new int[parts.length - 1];
            System.arraycopy(parts, 0, merged, 0, at);
            merged[at] = Tokenizer.BYTES + merge;
            System.arraycopy(parts, at + 2, merged, at + 1, parts.length - at - 2);
            parts = merged;
            steps.add(new MergeStep(merge, parts));
        }
        return steps;
    }

    private static int firstOfBest(int[] parts, Map<Merge, Integer> numbers) {
        int at = -1;
        int best = Integer.MAX_VALUE;
        for (int i = 0; i + 1 < parts.length; i++) {
            int number = numbers.getOrDefault(new Merge(parts[i], parts[i + 1]), Integer.MAX_VALUE);
            if (number < best) {
                best = number;
                at = i;
            }
        }
        return at;
    }

    List<String> row(Tokenizer tokenizer, int step) {
        return List.of(Integer.toString(step), merge < 0 ? "" : Integer.toString(merge),
                merge < 0 ? "" : TokenView.onOneLine(tokenizer, Tokenizer.BYTES + merge),
                Arrays.stream(parts).mapToObj(part -> TokenView.onOneLine(tokenizer, part)).collect(Collectors.joining(" · ")));
    }
}
