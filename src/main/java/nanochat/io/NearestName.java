package nanochat.io;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/// The known name that someone who mistyped most likely meant.
public final class NearestName {
    private NearestName() {
    }

    /// The name with the smallest edit distance to `mistyped`, ties in alphabetical order; empty when even that one shares too little.
    public static Optional<String> of(String mistyped, Collection<String> known) {
        return known.stream()
                .filter(name -> isNear(mistyped, name))
                .min(Comparator.<String>comparingInt(name -> distance(mistyped, name)).thenComparing(Comparator.naturalOrder()));
    }

    private static boolean isNear(String mistyped, String name) {
        int tolerated = Math.max(2, Math.max(mistyped.length(), name.length()) * 2 / 5);
        return distance(mistyped, name) <= tolerated || (mistyped.length() >= 3 && name.startsWith(mistyped));
    }

    /// Levenshtein's: the number of characters to insert, delete or replace.
    static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
