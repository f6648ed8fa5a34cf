package nanochat.tokenizer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.AbstractList;
import java.util.List;
import java.util.RandomAccess;

/// A tokenizer with all its tables as they are in memory, so that nothing need be computed to use it again: for files that a program writes for
/// itself and checks, not for people. Numbers are little-endian.
public final class PackedTokenizer {
    private static final int INTEGERS = 5;

    private PackedTokenizer() {
    }

    /// Everything that [#unpack] needs.
    public static byte[] pack(Tokenizer tokenizer) {
        List<Merge> merges = tokenizer.merges();
        int[] pairs = new int[2 * merges.size()];
        for (int i = 0; i < merges.size(); i++) {
            pairs[2 * i] = merges.get(i).left();
            pairs[2 * i + 1] = merges.get(i).right();
        }
        int[] ends = new int[tokenizer.vocabularySize()];
        int end = 0;
        for (int id = 0; id < ends.length; id++) {
            end += tokenizer.bytes(id).length;
            ends[id] = end;
        }
        int[] bytePairs = tokenizer.pairs().bytePairs();
        long[] pairSlots = tokenizer.pairs().slots();
        long[] tokenSlots = tokenizer.table().slots();
        ByteBuffer packed = ByteBuffer.allocate(Integer.BYTES * (INTEGERS + pairs.length + ends.length + bytePairs.length)
                + Long.BYTES * (pairSlots.length + tokenSlots.length) + end).order(ByteOrder.LITTLE_ENDIAN);
        packed.putInt(pairs.length).putInt(ends.length).putInt(bytePairs.length).putInt(pairSlots.length).putInt(tokenSlots.length);
        put(packed, pairs);
        put(packed, ends);
        put(packed, bytePairs);
        put(packed, pairSlots);
        put(packed, tokenSlots);
        for (int id = 0; id < ends.length; id++) {
            packed.put(tokenizer.bytes(id));
        }
        return packed.array();
    }

    /// The tokenizer that was packed. Nothing is checked: what comes from a file has a checksum.
    ///
    /// @param packed read from its position on
    public static Tokenizer unpack(ByteBuffer packed) {
        packed.order(ByteOrder.LITTLE_ENDIAN);
        int[] pairs = new int[packed.getInt()];
        int[] ends = new int[packed.getInt()];
        int[] bytePairs = new int[packed.getInt()];
        long[] pairSlots = new long[packed.getInt()];
        long[] tokenSlots = new long[packed.getInt()];
        take(packed, pairs);
        take(packed, ends);
        take(packed, bytePairs);
        take(packed, pairSlots);
        take(packed, tokenSlots);
        byte[][] bytes = new byte[ends.length][];
        int start = 0;
        for (int id = 0; id < ends.length; id++) {
            bytes[id] = new byte[ends[id] - start];
            packed.get(bytes[id]);
            start = ends[id];
        }
        return new Tokenizer(new PackedMerges(pairs), bytes, new PairTable(bytePairs, pairSlots), new TokenTable(tokenSlots, bytes));
    }

    private static void put(ByteBuffer target, int... values) {
        target.asIntBuffer().put(values);
        target.position(target.position() + Integer.BYTES * values.length);
    }

    private static void put(ByteBuffer target, long... values) {
        target.asLongBuffer().put(values);
        target.position(target.position() + Long.BYTES * values.length);
    }

    private static void take(ByteBuffer source, int[] values) {
        source.asIntBuffer().get(values);
        source.position(source.position() + Integer.BYTES * values.length);
    }

    private static void take(ByteBuffer source, long[] values) {
        source.asLongBuffer().get(values);
        source.position(source.position() + Long.BYTES * values.length);
    }

    /// Left and right token of every merge in turn: who only encodes and decodes never asks for one.
    private static final class PackedMerges extends AbstractList<Merge> implements RandomAccess {
        private final int[] pairs;

        PackedMerges(int... pairs) {
            this.pairs = pairs;
        }

        @Override
        public Merge get(int index) {
            return new Merge(pairs[2 * index], pairs[2 * index + 1]);
        }

        @Override
        public int size() {
            return pairs.length / 2;
        }
    }
}
