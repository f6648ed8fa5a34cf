package nanochat.page;

import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.stream.Collectors;

/// Numbers as one writes them in a sentence.
public final class Words {
    private static final DateTimeFormatter MOMENT = DateTimeFormatter.ofPattern("d MMMM uuuu, HH:mm 'UTC'", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);
    private static final MathContext THREE_DIGITS = new MathContext(3);
    private static final String SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
    private static final String NO_BREAK = "\u00a0";
    private static final int MINUTE = 60;
    private static final int HOUR = 60 * MINUTE;
    private static final int DAY = 24 * HOUR;

    private Words() {
    }

    /// 1,234,567.
    public static String whole(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    public static String decimals(double number, int decimals) {
        return String.format(Locale.ROOT, "%." + decimals + "f", number);
    }

    /// Three significant digits: 0.075, 12.5, 5.56 × 10¹³.
    public static String significant(double number) {
        BigDecimal rounded = new BigDecimal(number).round(THREE_DIGITS).stripTrailingZeros();
        int exponent = rounded.precision() - rounded.scale() - 1;
        if (rounded.signum() == 0 || exponent >= -4 && exponent < 6) {
            return rounded.toPlainString();
        }
        String power = Integer.toString(exponent).chars().mapToObj(digit -> digit == '-'
                ? "⁻"
                : SUPERSCRIPTS.substring(digit - '0', digit
                        - '0' + 1)).collect(Collectors.joining());
        return rounded.movePointLeft(exponent).toPlainString() + " × 10" + power;
    }

    /// 45.6%.
    public static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f%%", 100 * share);
    }

    /// $1.23; more decimals of less than a cent.
    public static String dollars(double amount) {
        return String.format(Locale.ROOT, amount > 0 && amount < 0.01 ? "$%.4f" : "$%,.2f", amount);
    }

    /// The two largest units, not to be broken apart at the end of a line: 4 min 12 s.
    public static String duration(double seconds) {
        long whole = Math.round(seconds);
        if (whole < MINUTE) {
            return whole + NO_BREAK + "s";
        }
        if (whole < HOUR) {
            return two(whole, MINUTE, "min", 1, "s");
        }
        return whole < DAY ? two(whole, HOUR, "h", MINUTE, "min") : two(whole, DAY, "d", HOUR, "h");
    }

    private static String two(long seconds, int large, String largeName, int small, String smallName) {
        long rest = seconds % large / small;
        return seconds / large + NO_BREAK + largeName + (rest == 0 ? "" : NO_BREAK + rest + NO_BREAK + smallName);
    }

    /// 24.3 GB.
    public static String gigabytes(long bytes) {
        return decimals(bytes * 1e-9, 1) + " GB";
    }

    /// 22 November 2026, 16:31 UTC.
    public static String moment(Instant moment) {
        return MOMENT.format(moment);
    }
}
