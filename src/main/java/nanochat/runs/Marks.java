package nanochat.runs;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Places in a file of metrics from which it can be read once more, in the order of their steps and of the file. There are never more than so many: when
/// there would be, every second one goes, and from then on they are twice as far apart.
final class Marks {
    static final int MOST = 512;

    private final List<Mark> marks = new ArrayList<>();
    private int apart = 1;
    private int since;

    /// In front of the line of a step.
    ///
    /// @param offset of the line in the file
    /// @param before where the run was then
    record Mark(int step, long offset, Track.Place before) {}

    /// There is a line of a step here.
    void pass(int step, long offset, Track.Place before) {
        if (since % apart == 0) {
            marks.add(new Mark(step, offset, before));
            if (marks.size() > MOST) {
                thin();
            }
        }
        since++;
    }

    private void thin() {
        List<Mark> left = new ArrayList<>();
        for (int i = 0; i < marks.size(); i += 2) {
            left.add(marks.get(i));
        }
        marks.clear();
        marks.addAll(left);
        apart *= 2;
    }

    /// The run has gone back to a step.
    void dropFrom(int step) {
        while (!marks.isEmpty() && marks.getLast().step >= step) {
            marks.removeLast();
        }
    }

    void clear() {
        marks.clear();
        apart = 1;
        since = 0;
    }

    /// The last one from which a step can be reached.
    Optional<Mark> before(int step) {
        return marks.reversed().stream().filter(mark -> mark.step <= step).findFirst();
    }

    /// The first one behind a step.
    Optional<Mark> after(int step) {
        return marks.stream().filter(mark -> mark.step > step).findFirst();
    }
}
