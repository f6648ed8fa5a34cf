package nanochat.explain;

/// Finds the symbols again that an [ArithmeticEncoder] turned into bits. For every symbol it is asked first where in the frequencies the bits
/// point, and then told which part that is of.
final class ArithmeticDecoder {
    private final byte[] bytes;
    private int nextBit;
    private long low;
    private long high = 2 * ArithmeticEncoder.HALF - 1;
    private long code;

    ArithmeticDecoder(byte[] bytes) {
        this.bytes = bytes.clone();
        for (int i = 0; i < ArithmeticEncoder.PRECISION; i++) {
            code = 2 * code + bit();
        }
    }

    private int bit() {
        int at = nextBit++;
        return at / Byte.SIZE < bytes.length ? bytes[at / Byte.SIZE] >> (Byte.SIZE - 1 - at % Byte.SIZE) & 1 : 0;
    }

    /// A number from 0 to before `total`: the next symbol is the one whose part it is in.
    long target(long total) {
        return ((code - low + 1) * total - 1) / (high - low + 1);
    }

    /// The symbol was the one that has the numbers from `from` to before `to` of `total`.
    void take(long from, long to, long total) {
        long range = high - low + 1;
        high = low + range * to / total - 1;
        low += range * from / total;
        while (true) {
            if (low >= ArithmeticEncoder.HALF) {
                shift(ArithmeticEncoder.HALF);
            } else if (high < ArithmeticEncoder.HALF) {
                shift(0);
            } else if (low >= ArithmeticEncoder.QUARTER && high < ArithmeticEncoder.HALF + ArithmeticEncoder.QUARTER) {
                shift(ArithmeticEncoder.QUARTER);
            } else {
                return;
            }
        }
    }

    private void shift(long off) {
        low = 2 * (low - off);
        high = 2 * (high - off) + 1;
        code = 2 * (code - off) + bit();
    }
}
