package nanochat.tokenizer;

import static nanochat.tokenizer.CharacterClass.LETTER;
import static nanochat.tokenizer.CharacterClass.LINE_END;
import static nanochat.tokenizer.CharacterClass.NUMBER;
import static nanochat.tokenizer.CharacterClass.OTHER;
import static nanochat.tokenizer.CharacterClass.SPACE;

/// How text is cut into pieces before anything is merged: the regular expression [#REGEX], as a scanner written by hand.
///
/// The scanner runs in linear time and constant stack on any text. It returns what `java.util.regex` finds under
/// `UNICODE_CHARACTER_CLASS`: `\s`, `\p{L}` and `\p{N}` are the Unicode classes, and `(?i:)` folds case by Unicode's simple rules, so
/// `'` followed by the long s (U+017F) is a contraction like `'s`. (The Kelvin sign folds to k, which starts no contraction.)
public final class SplitPattern {
    /// The pattern, as tokenizer files record it.
    public static final String REGEX = "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+|\\p{N}{1,2}"
            + "| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+";

    private SplitPattern() {
    }

    /// Where the piece that starts at `start` ends. `text[0..end)` is valid UTF-8 and `start < end` the start of a character.
    ///
    /// `end` counts as the end of the whole text; it may also be a place where a letter is followed by something else, because no
    /// piece goes on after a letter that no letter follows.
    static int pieceEnd(byte[] text, int start, int end) {
        byte first = text[start];
        int next = start + Utf8.width(first);
        byte nextClass = next < end ? CharacterClass.at(text, next) : LINE_END;
        return switch (CharacterClass.at(text, start)) {
            case LETTER -> nextClass == LETTER ? lettersEnd(text, next, end) : next;
            case NUMBER -> nextClass == NUMBER ? next + Utf8.width(text[next]) : next;
            case SPACE -> {
                if (nextClass == LETTER) {
                    yield lettersEnd(text, next, end);
                }
                yield first == ' ' && nextClass == OTHER ? othersEnd(text, next, end) : spacesEnd(text, start, end);
            }
            case LINE_END -> spacesEnd(text, start, end);
            default -> {
                int contraction = first == '\'' ? contractionEnd(text, next, end) : start;
                if (contraction > start) {
                    yield contraction;
                }
                yield nextClass == LETTER ? lettersEnd(text, next, end) : othersEnd(text, next, end);
            }
        };
    }

    /// The end of the contraction whose letters would start at `at`, or -1.
    private static int contractionEnd(byte[] text, int at, int end) {
        if (at >= end) {
            return -1;
        }
        int first = lowerCase(text[at]);
        if (first == 's' || first == 'd' || first == 'm' || first == 't') {
            return at + 1;
        }
        if (at + 1 >= end) {
            return -1;
        }
        int second = lowerCase(text[at + 1]);
        boolean twoLetters = (first == 'l' && second == 'l') || ((first == 'v' || first == 'r') && second == 'e');
        boolean longS = text[at] == (byte) 0xC5 && text[at + 1] == (byte) 0xBF;
        return twoLetters || longS ? at + 2 : -1;
    }

    private static int lowerCase(byte ascii) {
        return ascii >= 'A' && ascii <= 'Z' ? ascii + ('a' - 'A') : ascii;
    }

    private static int lettersEnd(byte[] text, int at, int end) {
        int next = at;
        while (true) {
            while (next < end && CharacterClass.isAsciiLetter(text[next])) {
                next++;
            }
            if (next == end || text[next] >= 0 || CharacterClass.at(text, next) != LETTER) {
                return next;
            }
            next += Utf8.width(text[next]);
        }
    }

    /// `[^\s\p{L}\p{N}]*[\r\n]*`
    private static int othersEnd(byte[] text, int at, int end) {
        int next = at;
        while (next < end && CharacterClass.at(text, next) == OTHER) {
            next += Utf8.width(text[next]);
        }
        while (next < end && (text[next] == '\r' || text[next] == '\n')) {
            next++;
        }
        return next;
    }

    /// The three last alternatives: up to the last line end of the white space; else, all of it where the text ends; else all but the
    /// last character, which stays for the piece that follows, unless it is the only one.
    private static int spacesEnd(byte[] text, int start, int end) {
        int lastLineEnd = -1;
        int lastStart = start;
        int next = start;
        while (next < end) {
            byte here = CharacterClass.at(text, next);
            if (here != SPACE && here != LINE_END) {
                break;
            }
            lastStart = next;
            next += Utf8.width(text[next]);
            if (here == LINE_END) {
                lastLineEnd = next;
            }
        }
        if (lastLineEnd >= 0) {
            return lastLineEnd;
        }
        return next == end || lastStart == start ? next : lastStart;
    }
}
