package nanochat.io;

/// How long a line of a file may be that is read as a whole: 64 MiB, or less where the Java heap could not hold what is made of it (its bytes,
/// its characters, the text in it, the tokens).
public final class LongestLine {
    private static final int MOST = 64 << 20;
    private static final int COPIES = 8;

    private LongestLine() {
    }

    /// In bytes.
    public static int bytes() {
        return bytes(Runtime.getRuntime().maxMemory());
    }

    static int bytes(long heap) {
        return (int) Math.min(MOST, heap / COPIES);
    }

    /// What to say of a longer one, after the place where it is.
    public static String tooLong() {
        return tooLong(Runtime.getRuntime().maxMemory());
    }

    static String tooLong(long heap) {
        return bytes(heap) == MOST
                ? "is longer than " + (MOST >> 20) + " MiB, the longest line that is read. Is this really JSON lines?"
                : "is longer than " + (bytes(heap) >> 20) + " MiB, too long for a Java heap of " + (heap >> 20)
                        + " MiB. Give it more, for example NANOCHAT_JAVA_OPTS=-Xmx2g, or split the line.";
    }
}
