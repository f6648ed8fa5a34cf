package nanochat.page;

import java.util.ArrayList;
import java.util.List;
import nanochat.page.Chart.Point;

/// Fewer points that look the same: a chart is a thousand dots wide, a run may have a million steps.
public final class Thinning {
    /// A series is drawn with at most twice so many points.
    public static final int BUCKETS = 240;
    private static final int NEIGHBOURS = 10;

    private Thinning() {
    }

    /// The lowest and the highest point of every stretch, so that what sticks out is not lost; the first and the last point stay.
    ///
    /// @param points in order
    public static List<Point> extremes(List<Point> points) {
        if (points.size() <= 2 * BUCKETS) {
            return points;
        }
        List<Point> thin = new ArrayList<>(2 * BUCKETS + 2);
        thin.add(points.getFirst());
        for (int bucket = 0; bucket < BUCKETS; bucket++) {
            List<Point> stretch = points.subList(start(bucket, points.size()), start(bucket + 1, points.size()));
            int low = 0;
            int high = 0;
            for (int i = 1; i < stretch.size(); i++) {
                low = stretch.get(i).y() < stretch.get(low).y() ? i : low;
                high = stretch.get(i).y() > stretch.get(high).y() ? i : high;
            }
            thin.add(stretch.get(Math.min(low, high)));
            if (low != high) {
                thin.add(stretch.get(Math.max(low, high)));
            }
        }
        thin.add(points.getLast());
        return thin;
    }

    /// The mean of every stretch.
    ///
    /// @param points in order
    public static List<Point> means(List<Point> points) {
        if (points.size() <= 2 * BUCKETS) {
            return points;
        }
        List<Point> thin = new ArrayList<>(BUCKETS + 2);
        thin.add(points.getFirst());
        for (int bucket = 0; bucket < BUCKETS; bucket++) {
            List<Point> stretch = points.subList(start(bucket, points.size()), start(bucket + 1, points.size()));
            thin.add(new Point(stretch.stream().mapToDouble(Point::x).average().orElseThrow(),
                    stretch.stream().mapToDouble(Point::y).average().orElseThrow()));
        }
        thin.add(points.getLast());
        return thin;
    }

    /// The median of every point and its neighbours: what single slow steps do not move.
    public static List<Point> medians(List<Point> points) {
        List<Point> smooth = new ArrayList<>(points.size());
        for (int i = 0; i < points.size(); i++) {
            double[] near = points.subList(Math.max(0, i - NEIGHBOURS), Math.min(points.size(), i + NEIGHBOURS + 1)).stream()
                    .mapToDouble(Point::y).sorted().toArray();
            smooth.add(new Point(points.get(i).x(), near[near.length / 2]));
        }
        return smooth;
    }

    private static int start(int bucket, int size) {
        // the first and the last point are taken anyway
        return 1 + (int) ((long) bucket * (size - 2) / BUCKETS);
    }
}
