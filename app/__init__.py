"""The screen: the only room that imports streamlit or starlette."""
