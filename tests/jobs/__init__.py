"""Tests of jobs: tasks that can travel, and where they run."""
