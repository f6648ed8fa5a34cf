package nanochat.data;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import nanochat.io.BadInputException;

/// Fingerprints of data: lines for people that change when the data does, so that a run that goes on notices. What one is made of (files,
/// tasks) is joined by [#AND], so that a message can tell which of it changed.
public final class Fingerprints {
    /// Between the parts of one.
    public static final String AND = " + ";

    private Fingerprints() {
    }

    /// Checks that data are those of a checkpoint. One that ends before the parts of the other, with what the data are called and how large they
    /// are, says nothing of their content and leaves it open.
    ///
    /// @param what the data are: `the data was`, without the article
    /// @param before as the checkpoint says
    /// @throws BadInputException when they are not; the message says what changed and what to do
    public static void check(String what, String before, String now) {
        if (!before.equals(now) && !now.startsWith(before + AND)) {
            throw new BadInputException("Cannot resume: the " + what + " '" + before + "' when the checkpoint was written, and now '" + now
                    + "'" + changed(before, now) + ". Resume with the data it was written with, or begin a new run.");
        }
    }

    /// Where only some of many parts changed, those.
    private static String changed(String before, String now) {
        List<String> old = parts(before);
        List<String> present = parts(now);
        List<String> gone = new ArrayList<>(old);
        present.forEach(gone::remove);
        List<String> come = new ArrayList<>(present);
        old.forEach(come::remove);
        if (gone.size() == old.size()) {
            return "";
        }
        return ": what changed is " + (gone.isEmpty() ? "" : "'" + String.join("', '", gone) + "' before")
                + (gone.isEmpty() || come.isEmpty() ? "" : ", ") + (come.isEmpty() ? "" : "'" + String.join("', '", come) + "' now");
    }

    private static List<String> parts(String fingerprint) {
        return List.of(fingerprint.split(Pattern.quote(AND)));
    }
}
