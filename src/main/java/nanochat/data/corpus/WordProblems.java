package nanochat.data.corpus;

import java.util.List;

/// Word problems without end, of one and of two steps: frames of `problems.txt` with numbers, people and things.
///
/// Seed, split and index decide a problem. Validation and tests have wordings and operands of their own: the calculations of their problems
/// are in no problem of training, and those of one step also nowhere else in the built-in texts and conversations of training. Practice, for
/// training by rewards, has the operands of training and wordings of its own: the model has to find out what they ask.
public final class WordProblems {
    /// Other choices than those of conversations and documents of the same seed.
    private static final long STREAM = 3;
    /// Of a hundred problems, how many have one step.
    private static final int ONE_STEP_PERCENT = 60;
    private static final long PRACTICE_STREAM = 4;
    /// More than elsewhere: a model that has not understood the wordings yet gets no problem of two steps right, and then nothing is learned from it.
    private static final int PRACTICE_ONE_STEP_PERCENT = 75;

    private final long seed;
    private final List<ProblemFrame> ofOneStep;
    private final List<ProblemFrame> ofTwoSteps;

    public WordProblems(long seed) {
        this.seed = seed;
        Cast cast = new Cast("cast.txt", "problem-cast.txt");
        Sections sections = new Sections("problems.txt");
        List<ProblemFrame> frames = sections.names().stream().map(name -> new ProblemFrame(name, sections.lines(name), cast)).toList();
        ofOneStep = frames.stream().filter(frame -> frame.steps() == 1).toList();
        ofTwoSteps = frames.stream().filter(frame -> frame.steps() == 2).toList();
    }

    /// Problem `index` of a split.
    public WordProblem problem(Split split, long index) {
        Draw draw = Draw.of(seed, STREAM, split, index);
        return draw.of(draw.percent(ONE_STEP_PERCENT) ? ofOneStep : ofTwoSteps).problem(draw);
    }

    /// Problem `index` of practice.
    public WordProblem practice(long index) {
        Draw draw = Draw.of(seed, PRACTICE_STREAM, Split.TRAIN, index);
        return draw.of(draw.percent(PRACTICE_ONE_STEP_PERCENT) ? ofOneStep : ofTwoSteps).practice(draw);
    }
}
