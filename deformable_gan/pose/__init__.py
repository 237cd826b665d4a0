"""Joint layouts, and pose estimation in photographs and videos."""
