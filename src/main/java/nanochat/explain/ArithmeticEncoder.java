package nanochat.explain;

import java.io.ByteArrayOutputStream;

/// Turns symbols into bits by their frequencies: a symbol of probability p takes -log2 p bits, also where that is no whole number. After Witten,
/// Neal and Cleary, "Arithmetic coding for data compression" (1987): an interval of whole numbers is narrowed to the symbol's part of it; a
/// leading bit on which both ends agree is written and shifted out.
final class ArithmeticEncoder {
    /// Bits of the ends of the interval.
    static final int PRECISION = 32;
    static final long HALF = 1L << (PRECISION - 1);
    static final long QUARTER = HALF / 2;
    /// The most that all frequencies may sum to: the interval is never narrower, so that every symbol has a part of its own.
    static final long MOST = QUARTER;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private long low;
    private long high = 2 * HALF - 1;
    /// Bits that are the opposite of the next one: the interval lay around the middle.
    private int pending;
    private int buffer;
    private int inBuffer;

    /// A symbol that has the numbers from `from` to before `to` of `total`.
    void encode(long from, long to, long total) {
        if (from < 0 || from >= to || to > total || total > MOST) {
            throw new IllegalArgumentException("frequencies " + from + " to " + to + " of " + total);
        }
        long range = high - low + 1;
        high = low + range * to / total - 1;
        low += range * from / total;
        while (true) {
            if (high < HALF) {
                write(0);
            } else if (low >= HALF) {
                write(1);
                low -= HALF;
                high -= HALF;
            } else if (low >= QUARTER && high < HALF + QUARTER) {
                pending++;
                low -= QUARTER;
                high -= QUARTER;
            } else {
                return;
            }
            low = 2 * low;
            high = 2 * high + 1;
        }
    }

    private void write(int bit) {
        put(bit);
        for (; pending > 0; pending--) {
            put(1 - bit);
        }
    }

    private void put(int bit) {
        buffer = 2 * buffer + bit;
        inBuffer++;
        if (inBuffer == Byte.SIZE) {
            out.write(buffer);
            buffer = 0;
            inBuffer = 0;
        }
    }

    /// Ends with enough bits to tell the interval apart; a decoder reads zeros behind them.
    byte[] finish() {
        pending++;
        write(low < QUARTER ? 0 : 1);
        while (inBuffer > 0) {
            put(0);
        }
        return out.toByteArray();
    }
}
