package nanochat.tokenizer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import nanochat.io.BadInputException;

/// The merging half of training: distinct pieces with their counts in, merges out.
///
/// All pieces lie one after the other in one array, a slot per byte. A token sits in the slots of its bytes: its id in the first, the
/// complement of its id in the last, so both neighbours of any token are found in one step and a merge writes three slots. Each pair knows the
/// places where it occurred, in ascending order; a place that has changed since is recognised and skipped. So one merge costs as
/// much as its pair has places, and all merges together at most a few steps per byte.
final class MergeLearner {
    private static final int SEPARATOR = Integer.MIN_VALUE;
    private static final int INTERIOR = -1;
    private static final int NONE = -1;
    private static final int BLOCK_BITS = 5;
    private static final int PROGRESS_INTERVAL = 256;
    private static final int LARGEST_ARRAY = Integer.MAX_VALUE - Long.BYTES;

    private final int wanted;
    private final List<Merge> merges = new ArrayList<>();
    private final List<Long> counts = new ArrayList<>();

    private final int[] slots;
    private final int[] pieceEnds;
    private final long[] pieceCounts;
    /// The first piece that ends after the start of each block of slots.
    private final int[] firstPieceOfBlock;
    private final int[] tokenLengths;

    private final PairCounts pairs = new PairCounts();
    private int[] positions = new int[0];
    private int positionsEnd;

    private final NeighbourCounts left;
    private final NeighbourCounts right;
    /// The fill marks of the position lists under way, by the neighbour on the left or right.
    private final int[] leftEnds;
    private final int[] rightEnds;

    /// Prepares to learn `wanted` merges.
    MergeLearner(PieceCounts pieces, int wanted) {
        this.wanted = wanted;
        int vocabularySize = Tokenizer.BYTES + wanted;
        tokenLengths = new int[vocabularySize];
        Arrays.fill(tokenLengths, 0, Tokenizer.BYTES, 1);
        left = new NeighbourCounts(vocabularySize);
        right = new NeighbourCounts(vocabularySize);
        leftEnds = new int[vocabularySize];
        rightEnds = new int[vocabularySize];

        slots = new int[roomFor(1L + pieces.size() + pieces.totalBytes())];
        pieceEnds = new int[pieces.size()];
        pieceCounts = new long[pieces.size()];
        firstPieceOfBlock = new int[(slots.length >> BLOCK_BITS) + 1];
        layOut(pieces);
        countBytePairs();
    }

    List<Merge> merges() {
        return merges;
    }

    /// Per merge the count of its pair.
    List<Long> counts() {
        return counts;
    }

    /// Learns all the merges.
    ///
    /// @throws BadInputException when the text has no pairs left before that
    void learn(TrainingProgress progress) {
        while (merges.size() < wanted) {
            int pair = pairs.removeMostFrequent();
            if (pair == PairCounts.ABSENT) {
                throw new BadInputException("The text is too small for a vocabulary of " + (wanted + TrainerOptions.SMALLEST_VOCABULARY)
                        + " tokens: after " + merges.size() + " merges every word is one token. Use --vocab-size "
                        + (merges.size() + TrainerOptions.SMALLEST_VOCABULARY) + " or less, or more text.");
            }
            merges.add(new Merge(pairs.left(pair), pairs.right(pair)));
            counts.add(pairs.count(pair));
            merge(pair, Tokenizer.BYTES + merges.size() - 1);
            if (merges.size() % PROGRESS_INTERVAL == 0 || merges.size() == wanted) {
                progress.merged(merges.size(), wanted);
            }
        }
    }

    private void layOut(PieceCounts pieces) {
        int at = 0;
        slots[at++] = SEPARATOR;
        int block = 0;
        for (int piece = 0; piece < pieces.size(); piece++) {
            int start = pieces.start(piece);
            for (int i = 0; i < pieces.length(piece); i++) {
                slots[at++] = pieces.bytes()[start + i] & 0xFF;
            }
            slots[at++] = SEPARATOR;
            pieceEnds[piece] = at;
            pieceCounts[piece] = pieces.count(piece);
            while (block < firstPieceOfBlock.length && block << BLOCK_BITS < at) {
                firstPieceOfBlock[block++] = piece;
            }
        }
    }

    private void countBytePairs() {
        long[] pairCounts = new long[1 << (2 * Byte.SIZE)];
        int[] ends = new int[1 << (2 * Byte.SIZE)];
        int piece = 0;
        for (int at = 1; at + 1 < slots.length; at++) {
            if (slots[at] == SEPARATOR) {
                piece++;
            } else if (slots[at + 1] != SEPARATOR) {
                int pair = slots[at] << Byte.SIZE | slots[at + 1];
                pairCounts[pair] += pieceCounts[piece];
                ends[pair]++;
            }
        }
        for (int pair = 0; pair < ends.length; pair++) {
            int places = ends[pair];
            ends[pair] = positionsEnd;
            if (places > 0) {
                pairs.add(pair >> Byte.SIZE, pair & 0xFF, pairCounts[pair], positionsEnd, places);
                positionsEnd += places;
            }
        }
        positions = new int[roomFor(positionsEnd + (long) (positionsEnd >> 1))];
        for (int at = 1; at + 1 < slots.length; at++) {
            if (slots[at] != SEPARATOR && slots[at + 1] != SEPARATOR) {
                positions[ends[slots[at] << Byte.SIZE | slots[at + 1]]++] = at;
            }
        }
    }

    private void merge(int pair, int token) {
        int first = pairs.left(pair);
        int second = pairs.right(pair);
        tokenLengths[token] = tokenLengths[first] + tokenLengths[second];
        int start = pairs.positionStart(pair);
        int merged = replace(start, pairs.positionCount(pair), first, second, token);
        for (int i = 0; i < left.size(); i++) {
            pairs.subtract(pairs.find(left.token(i), first), left.count(left.token(i)));
        }
        for (int i = 0; i < right.size(); i++) {
            pairs.subtract(pairs.find(second, right.token(i)), right.count(right.token(i)));
        }
        pairs.subtract(pair, pairs.count(pair));
        left.clear();
        right.clear();
        addNewPairs(start, merged, token);
        left.clear();
        right.clear();
    }

    /// Merges in place wherever the pair still is, keeps those places at the front of its list, and counts the neighbours that
    /// its two halves lose. Returns the number of places.
    private int replace(int start, int count, int first, int second, int token) {
        int firstLength = tokenLengths[first];
        int length = tokenLengths[token];
        int merged = 0;
        for (int i = start; i < start + count; i++) {
            int at = positions[i];
            int middle = at + firstLength;
            if (slots[at] != first || slots[middle] != second) {
                continue;
            }
            long times = pieceCounts[pieceAt(at)];
            int before = tokenBefore(at);
            // A neighbour merged just now has already counted the pair between us as lost.
            if (before != NONE && before != token) {
                left.add(before, times);
            }
            int after = slots[at + length];
            if (after != SEPARATOR) {
                right.add(after, times);
            }
            slots[at] = token;
            slots[middle] = INTERIOR;
            slots[at + length - 1] = ~token;
            positions[start + merged++] = at;
        }
        return merged;
    }

    /// Counts the pairs that the new token forms at its places `positions[start..start + merged)` and lists where they are.
    private void addNewPairs(int start, int merged, int token) {
        int length = tokenLengths[token];
        for (int i = start; i < start + merged; i++) {
            int at = positions[i];
            long times = pieceCounts[pieceAt(at)];
            int before = tokenBefore(at);
            if (before != NONE && before != token) {
                left.add(before, times);
            }
            int after = slots[at + length];
            if (after != SEPARATOR) {
                right.add(after, times);
            }
        }
        for (int i = 0; i < left.size(); i++) {
            int before = left.token(i);
            leftEnds[before] = positionsEnd;
            pairs.add(before, token, left.count(before), positionsEnd, left.places(before));
            positionsEnd = Math.addExact(positionsEnd, left.places(before));
        }
        for (int i = 0; i < right.size(); i++) {
            int after = right.token(i);
            rightEnds[after] = positionsEnd;
            pairs.add(token, after, right.count(after), positionsEnd, right.places(after));
            positionsEnd = Math.addExact(positionsEnd, right.places(after));
        }
        if (positionsEnd > positions.length) {
            positions = Arrays.copyOf(positions, (int) Math.min(positionsEnd + (long) (positionsEnd >> 2), LARGEST_ARRAY));
        }
        for (int i = start; i < start + merged; i++) {
            int at = positions[i];
            int before = tokenBefore(at);
            if (before != NONE && before != token) {
                positions[leftEnds[before]++] = at - tokenLengths[before];
            }
            int after = slots[at + length];
            if (after != SEPARATOR) {
                positions[rightEnds[after]++] = at;
            }
        }
    }

    private int tokenBefore(int at) {
        int slot = slots[at - 1];
        if (slot >= 0) {
            return slot;
        }
        return slot == SEPARATOR ? NONE : ~slot;
    }

    private int pieceAt(int at) {
        int piece = firstPieceOfBlock[at >> BLOCK_BITS];
        while (pieceEnds[piece] <= at) {
            piece++;
        }
        return piece;
    }

    private static int roomFor(long count) {
        if (count > LARGEST_ARRAY) {
            throw new BadInputException("The distinct words of this text are too many to merge; train on fewer characters (--max-chars)");
        }
        return (int) count;
    }
}
