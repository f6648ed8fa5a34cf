package nanochat.data.corpus;

import java.util.List;

/// The little grammar that templates need: articles and capital letters.
final class English {
    /// Words whose first letter is a vowel but not their first sound, and the reverse.
    private static final List<String> CONSONANT_SOUNDS = List.of("uni", "use", "usual", "euro", "one", "once");
    private static final List<String> VOWEL_SOUNDS = List.of("hour", "honest", "honor", "heir");

    private English() {
    }

    /// "a" or "an", whichever fits the text that begins at `start`.
    static String article(CharSequence text, int start) {
        boolean vowel = "aeiouAEIOU".indexOf(text.charAt(start)) >= 0;
        List<String> exceptions = vowel ? CONSONANT_SOUNDS : VOWEL_SOUNDS;
        for (String exception : exceptions) {
            if (startsWith(text, start, exception)) {
                return vowel ? "a" : "an";
            }
        }
        return vowel ? "an" : "a";
    }

    /// Makes the character at `index` upper case.
    static void capitalize(StringBuilder text, int index) {
        text.setCharAt(index, Character.toUpperCase(text.charAt(index)));
    }

    private static boolean startsWith(CharSequence text, int start, String prefix) {
        if (text.length() - start < prefix.length()) {
            return false;
        }
        for (int i = 0; i < prefix.length(); i++) {
            if (Character.toLowerCase(text.charAt(start + i)) != prefix.charAt(i)) {
                return false;
            }
        }
        // "unimportant" and "uninteresting" begin with a vowel sound after all.
        return !(prefix.equals("uni") && text.length() - start > 3 && "mn".indexOf(text.charAt(start + 3)) >= 0);
    }
}
